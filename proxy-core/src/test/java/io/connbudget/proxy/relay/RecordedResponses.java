package io.connbudget.proxy.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.connbudget.wire.Command;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What real servers answered, as the tests of wire-protocol keep it. */
final class RecordedResponses {
    /** One packet, and what it is, in the words of the response tracker. */
    record Packet(String kind, byte[] payload) {}

    record Response(Command command, String label, List<Packet> packets) {
        /** As the server sends it: sequence ids from 1, with room for the client's file where it asked for one. */
        byte[] bytes() {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            int sequence = 1;
            for (Packet packet : packets) {
                int length = packet.payload().length;
                out.write(length);
                out.write(length >> 8);
                out.write(length >> 16);
                out.write(sequence++);
                out.writeBytes(packet.payload());
                if (packet.kind().equals("LOCAL_INFILE_REQUEST")) {
                    sequence += 2;
                }
            }
            return out.toByteArray();
        }

        @Override
        public String toString() {
            return label;
        }
    }

    private RecordedResponses() {}

    static List<Response> read(String recording) {
        Path file = Path.of("../wire-protocol/src/test/resources/responses/" + recording + ".txt");
        List<Response> responses = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(file, UTF_8)) {
                String[] words = line.split(" ", 3);
                if (words[0].equals("#")) {
                    responses.add(new Response(Command.valueOf(words[1]), words[2], new ArrayList<>()));
                } else {
                    byte[] payload = words.length < 2 ? new byte[0] : ByteBufUtil.decodeHexDump(words[1]);
                    responses.get(responses.size() - 1).packets().add(new Packet(words[0], payload));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return responses;
    }
}
