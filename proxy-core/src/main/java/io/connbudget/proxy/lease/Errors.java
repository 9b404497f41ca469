package io.connbudget.proxy.lease;

import io.connbudget.budget.Refusal;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.error.ProxyError;
import io.connbudget.wire.message.ErrPacket;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** ERR payloads of the proxy's own errors. */
public final class Errors {
    private Errors() {}

    /** The place of a budget's refusal in the catalogue of errors. */
    public static ProxyError of(Refusal.Reason reason) {
        return switch (reason) {
            case TOO_MANY_CLIENTS -> ProxyError.TOO_MANY_CLIENTS;
            case QUEUE_FULL -> ProxyError.QUEUE_FULL;
            case QUEUE_TIMEOUT -> ProxyError.QUEUE_TIMEOUT;
            case CLASS_QUOTA, PIN_QUOTA, IDLE_IN_TRANSACTION, TRANSACTION_TIME -> ProxyError.CLASS_QUOTA;
            case DRAINING -> ProxyError.DRAINING;
        };
    }

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
