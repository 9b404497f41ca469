package io.connbudget.proxy.frontend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client's bytes, cut anywhere, into commands; every buffer is given on or released. */
class CommandReaderTest {
    private static final int LIMIT = 64 << 20;
    private static final byte QUERY = 3;
    private static final byte PREPARE = 0x16;
    private static final byte SEND_LONG_DATA = 0x18;
    private static final byte INIT_DB = 2;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    private final Recorder target = new Recorder();
    private final CommandReader reader = new CommandReader(allocator, target, LIMIT);

    /** Answers each command at once unless told otherwise. */
    private final class Recorder implements CommandReader.Target {
        final List<byte[]> commands = new ArrayList<>();
        final ByteArrayOutputStream streamed = new ByteArrayOutputStream();
        final ByteArrayOutputStream file = new ByteArrayOutputStream();
        final ByteArrayOutputStream payload = new ByteArrayOutputStream();
        boolean answers = true;
        boolean takes = true;
        int streamEnds;
        int fileEnds;
        int skips;
        int answerSequence;

        @Override
        public boolean takesCommand() {
            return takes;
        }

        @Override
        public void command(ByteBuf packet, boolean whole) {
            if (whole) {
                commands.add(take(packet));
            } else {
                streamed.writeBytes(take(packet));
            }
            done(whole);
        }

        private void done(boolean whole) {
            if (whole && answers) {
                answerSequence = reader.answerSequence();
                reader.commandDone();
            }
        }

        @Override
        public void stream(ByteBuf bytes, boolean last) {
            streamed.writeBytes(take(bytes));
            streamEnds += last ? 1 : 0;
            done(last);
        }

        @Override
        public void payload(ByteBuf bytes, int index, int length) {
            payload.writeBytes(ByteBufUtil.getBytes(bytes, index, length));
        }

        @Override
        public void file(ByteBuf packets, boolean last) {
            file.writeBytes(take(packets));
            fileEnds += last ? 1 : 0;
            done(last);
        }

        @Override
        public void skipped() {
            skips++;
            done(true);
        }

        private byte[] take(ByteBuf buffer) {
            byte[] bytes = ByteBufUtil.getBytes(buffer);
            buffer.release();
            return bytes;
        }
    }

    @AfterEach
    void noBufferIsLeft() {
        reader.close();
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    private void feed(byte[] bytes, int from, int to) {
        reader.add(allocator.buffer(to - from).writeBytes(bytes, from, to - from));
        reader.read(true);
    }

    /** A command as its packets, 16 MB - 1 each but for the last. */
    private static byte[] command(byte code, int payloadBytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] payload = new byte[payloadBytes];
        new Random(payloadBytes).nextBytes(payload);
        if (payloadBytes > 0) {
            payload[0] = code;
        }
        int at = 0;
        int sequence = 0;
        while (true) {
            int length = Math.min(payloadBytes - at, Packets.MAX_PAYLOAD);
            out.write(length);
            out.write(length >> 8);
            out.write(length >> 16);
            out.write(sequence++);
            out.write(payload, at, length);
            at += length;
            if (length < Packets.MAX_PAYLOAD) {
                return out.toByteArray();
            }
        }
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    @Test
    void pipelinedCommandsComeWholeWhereverTheBytesAreCut() {
        byte[] first = command(QUERY, 40);
        byte[] second = command((byte) 0x0e, 1);
        byte[] third = command(PREPARE, 25);
        byte[] all = concat(first, second, third);
        for (int cut = 0; cut <= all.length; cut++) {
            for (int next = cut; next <= all.length; next++) {
                target.commands.clear();
                feed(all, 0, cut);
                feed(all, cut, next);
                feed(all, next, all.length);
                assertThat(target.commands).as("cut at %d and %d", cut, next).containsExactly(first, second, third);
                assertThat(reader.keptBytes()).isZero();
            }
        }
    }

    @Test
    void nextCommandWaitsForTheAnswer() {
        target.answers = false;
        byte[] two = concat(command(QUERY, 5), command(QUERY, 6));
        feed(two, 0, two.length);
        assertThat(target.commands).hasSize(1);
        reader.commandDone();
        reader.read(true);
        assertThat(target.commands).hasSize(2);
    }

    @Test
    void noCommandIsGivenToATargetThatTakesNone() {
        target.takes = false;
        byte[] ping = command((byte) 0x0e, 1);
        feed(ping, 0, ping.length);
        assertThat(target.commands).isEmpty();
        assertThat(reader.keptBytes()).isEqualTo(ping.length);
        target.takes = true;
        reader.read(true);
        assertThat(target.commands).containsExactly(ping);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                CommandReader.STREAM_ABOVE_BYTES + 100_000,
                1_000_000,
                Packets.MAX_PAYLOAD - 1,
                Packets.MAX_PAYLOAD,
                Packets.MAX_PAYLOAD + 1,
                2 * Packets.MAX_PAYLOAD,
                2 * Packets.MAX_PAYLOAD + 5
            })
    void largeCommandStreamsUnchangedAndTheNextOneIsFoundBehindIt(int payloadBytes) {
        assertStreamsUnchanged(command(QUERY, payloadBytes), payloadBytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {Packets.MAX_PAYLOAD, Packets.MAX_PAYLOAD + 1, 2 * Packets.MAX_PAYLOAD, 40_000_000})
    void longDataOfSeveralPacketsStreams(int payloadBytes) {
        assertStreamsUnchanged(command(SEND_LONG_DATA, payloadBytes), payloadBytes);
    }

    @Test
    void longDataOfOnePacketIsGivenWhole() {
        byte[] large = command(SEND_LONG_DATA, Packets.MAX_PAYLOAD - 1);
        feed(large, 0, 300_000);
        assertThat(reader.between()).isTrue();
        feed(large, 300_000, large.length);
        assertThat(target.commands).hasSize(1);
        assertThat(Arrays.equals(target.commands.get(0), large)).isTrue();
    }

    private void assertStreamsUnchanged(byte[] large, int seed) {
        byte[] next = command((byte) 0x0e, 1);
        byte[] all = concat(large, next);
        Random random = new Random(seed);
        for (int at = 0; at < all.length; ) {
            int to = Math.min(all.length, at + 1 + random.nextInt(90_000));
            feed(all, at, to);
            at = to;
        }
        assertThat(Arrays.equals(target.streamed.toByteArray(), large)).isTrue();
        assertThat(target.streamEnds).isEqualTo(1);
        assertThat(target.commands).containsExactly(next);
        assertThat(reader.keptBytes()).isZero();
    }

    @Test
    void answerToAStreamedCommandFollowsItsLastSequenceId() {
        target.answers = false;
        byte[] large = command(QUERY, 2 * Packets.MAX_PAYLOAD);
        for (int at = 0; at < large.length; at += 1 << 20) {
            feed(large, at, Math.min(large.length, at + (1 << 20)));
        }
        assertThat(reader.commandComplete()).isTrue();
        assertThat(reader.answerSequence()).isEqualTo(3);
    }

    @Test
    void streamWaitsWhileTheBackendTakesNoMore() {
        byte[] large = command(QUERY, 1_000_000);
        feed(large, 0, 300_000);
        int before = target.streamed.size();
        reader.add(allocator.buffer().writeBytes(large, 300_000, 100_000));
        reader.read(false);
        assertThat(target.streamed.size()).isEqualTo(before);
        assertThat(reader.streams()).isTrue();
        feed(large, 400_000, large.length);
        assertThat(Arrays.equals(target.streamed.toByteArray(), large)).isTrue();
    }

    @Test
    void fileWaitsWhileTheBackendTakesNoMore() {
        byte[] load = command(QUERY, 30);
        target.answers = false;
        feed(load, 0, load.length);
        reader.fileRequested(0);
        byte[] data = concat(command(QUERY, 1000), new byte[] {0, 0, 0, 1});
        reader.add(allocator.buffer().writeBytes(data));
        reader.read(false);
        assertThat(target.file.size()).isZero();
        assertThat(reader.streams()).isTrue();
        reader.read(true);
        assertThat(target.file.toByteArray()).isEqualTo(data);
        assertThat(target.fileEnds).isEqualTo(1);
    }

    @Test
    void sequenceIdsOfAFileAreMovedToTheBackends() {
        target.answers = false;
        feed(command(QUERY, 30), 0, 34);
        reader.fileRequested(2);
        byte[] data = {1, 0, 0, 4, 'x', 0, 0, 0, 5};
        for (int i = 0; i < data.length; i++) {
            feed(data, i, i + 1);
        }
        assertThat(target.file.toByteArray()).containsExactly(1, 0, 0, 2, 'x', 0, 0, 0, 3);
        assertThat(reader.answerSequence()).isEqualTo(6);
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000_000, 2 * Packets.MAX_PAYLOAD, 2 * Packets.MAX_PAYLOAD + 5})
    void restOfACommandThatWasAnsweredEarlyIsDropped(int payloadBytes) {
        byte[] all = concat(command(QUERY, payloadBytes), command((byte) 0x0e, 1));
        feed(all, 0, 300_000);
        int given = target.streamed.size();
        reader.skipRest();
        for (int at = 300_000; at < all.length; at += 100_000) {
            feed(all, at, Math.min(all.length, at + 100_000));
        }
        assertThat(target.streamed.size()).isEqualTo(given);
        assertThat(target.skips).isEqualTo(1);
        assertThat(target.commands).containsExactly(command((byte) 0x0e, 1));
    }

    @ParameterizedTest
    @ValueSource(bytes = {PREPARE, SEND_LONG_DATA})
    void restOfACommandThatIsDoneEarlyIsDroppedAndHasNoAnswer(byte code) {
        byte[] all = concat(command(code, 2 * Packets.MAX_PAYLOAD + 5), command((byte) 0x0e, 1));
        feed(all, 0, 300_000);
        int given = target.streamed.size();
        reader.commandDone();
        assertThat(reader.commandComplete()).isFalse();
        for (int at = 300_000; at < all.length; at += 100_000) {
            feed(all, at, Math.min(all.length, at + 100_000));
        }
        assertThat(target.streamed.size()).isEqualTo(given).isPositive();
        assertThat(target.skips).isEqualTo(1);
        assertThat(target.commands).containsExactly(command((byte) 0x0e, 1));
    }

    @Test
    void otherCommandOfSeveralPacketsIsRefused() {
        byte[] large = command(INIT_DB, Packets.MAX_PAYLOAD);
        assertThatThrownBy(() -> feed(large, 0, large.length)).isInstanceOf(PacketTooLargeException.class);
    }

    @Test
    void commandThatMustBeWholeIsKeptHoweverLargeItIs() {
        byte[] large = command(PREPARE, 3_000_000);
        for (int at = 0; at < large.length; at += 60_000) {
            feed(large, at, Math.min(large.length, at + 60_000));
            assertThat(reader.between()).isTrue();
        }
        assertThat(target.commands).containsExactly(large);
    }

    @Test
    void emptyCommandIsRefused() {
        assertThatThrownBy(() -> feed(new byte[] {0, 0, 0, 0}, 0, 4)).hasMessage("a command of 0 bytes");
    }

    @Test
    void wrongSequenceIdIsRefused() {
        byte[] ping = command((byte) 0x0e, 1);
        ping[3] = 7;
        assertThatThrownBy(() -> feed(ping, 0, ping.length))
                .isInstanceOf(PacketsOutOfOrderException.class)
                .hasMessageContaining("sequence id 7, expected 0");
    }

    @Test
    void wrongSequenceIdInsideAStreamIsRefused() {
        byte[] large = command(QUERY, Packets.MAX_PAYLOAD + 5);
        large[4 + Packets.MAX_PAYLOAD + 3] = 2;
        assertThatThrownBy(() -> feed(large, 0, large.length))
                .isInstanceOf(PacketsOutOfOrderException.class)
                .hasMessageContaining("sequence id 2, expected 1");
    }

    @Test
    void longerCommandThanAllowedIsRefusedBeforeItHasCome() {
        CommandReader small = new CommandReader(allocator, target, 1024);
        small.add(allocator.buffer().writeBytes(command(QUERY, 1025), 0, 10));
        assertThatThrownBy(() -> small.read(true)).isInstanceOf(PacketTooLargeException.class);
        small.close();
    }

    @Test
    void limitCountsAllPacketsOfACommand() {
        CommandReader small = new CommandReader(allocator, target, Packets.MAX_PAYLOAD + 10L);
        byte[] large = command(QUERY, Packets.MAX_PAYLOAD + 11);
        small.add(allocator.buffer().writeBytes(large));
        assertThatThrownBy(() -> small.read(true))
                .isInstanceOf(PacketTooLargeException.class)
                .hasMessageContaining((Packets.MAX_PAYLOAD + 11) + " bytes");
        small.close();
    }
}
