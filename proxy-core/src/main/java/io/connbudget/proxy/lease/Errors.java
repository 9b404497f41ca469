package io.connbudget.proxy.lease;

import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.wire.message.ErrPacket;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** ERR payloads of the proxy's own errors. */
public final class Errors {
    private Errors() {}

    public static byte[] payload(ErrorReport report) {
        return payload(report.error().code(), report.error().sqlState(), report.message());
    }

    public static byte[] payload(int code, String sqlState, String message) {
        ByteBuf out = Unpooled.buffer(16 + message.length());
        new ErrPacket(code, sqlState, message).encode(out);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }
}
