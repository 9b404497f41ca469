package io.connbudget.proxy.backend;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One command over a borrowed backend; completes with the payloads of the response's packets. For small responses only. */
final class RawQuery implements BackendSink {
    private final CompletableFuture<List<byte[]>> response = new CompletableFuture<>();
    private final List<byte[]> packets = new ArrayList<>();
    private byte[] pending = {};

    static List<byte[]> run(BackendConnection c, String sql) throws Exception {
        return send(c, command(3, sql)).get(10, TimeUnit.SECONDS);
    }

    static CompletableFuture<List<byte[]>> send(BackendConnection c, byte[] packet) {
        RawQuery query = new RawQuery();
        c.sink(query);
        c.channel().writeAndFlush(Unpooled.wrappedBuffer(packet)).addListener(f -> {
            if (!f.isSuccess()) {
                query.response.completeExceptionally(f.cause());
            }
        });
        return query.response;
    }

    static byte[] command(int code, String argument) {
        byte[] text = argument.getBytes(StandardCharsets.UTF_8);
        byte[] packet = new byte[5 + text.length];
        packet[0] = (byte) (text.length + 1);
        packet[1] = (byte) ((text.length + 1) >> 8);
        packet[4] = (byte) code;
        System.arraycopy(text, 0, packet, 5, text.length);
        return packet;
    }

    @Override
    public void bytes(BackendConnection c, ByteBuf buffer) {
        byte[] joined = new byte[pending.length + buffer.readableBytes()];
        System.arraycopy(pending, 0, joined, 0, pending.length);
        buffer.readBytes(joined, pending.length, joined.length - pending.length);
        buffer.release();
        int at = 0;
        while (joined.length - at >= 4) {
            int length = (joined[at] & 0xff) | (joined[at + 1] & 0xff) << 8 | (joined[at + 2] & 0xff) << 16;
            if (joined.length - at < 4 + length) {
                break;
            }
            packets.add(java.util.Arrays.copyOfRange(joined, at + 4, at + 4 + length));
            at += 4 + length;
        }
        pending = java.util.Arrays.copyOfRange(joined, at, joined.length);
        if (packets.isEmpty() || pending.length > 0) {
            return;
        }
        int first = packets.get(0)[0] & 0xff;
        int last = packets.get(packets.size() - 1)[0] & 0xff;
        if (first == 0 || first == 0xff || first == 0xfb || (packets.size() > 1 && (last == 0xfe || last == 0xff))) {
            response.complete(List.copyOf(packets));
        }
    }

    @Override
    public void readComplete(BackendConnection c) {}

    @Override
    public void closed(BackendConnection c) {
        response.completeExceptionally(new java.io.IOException("backend closed"));
    }

    @Override
    public void writabilityChanged(BackendConnection c, boolean writable) {}
}
