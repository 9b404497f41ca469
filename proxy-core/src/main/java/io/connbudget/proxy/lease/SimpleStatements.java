package io.connbudget.proxy.lease;

import io.connbudget.wire.Command;
import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Statements that the proxy answers itself, recognised by their whole text: anything longer goes to the server. */
final class SimpleStatements {
    private static final int MAX_BYTES = 128;
    private static final Pattern SHOW_WARNINGS =
            Pattern.compile("\\s*SHOW\\s+WARNINGS\\s*;?\\s*", Pattern.CASE_INSENSITIVE);

    private SimpleStatements() {}

    static boolean isShowWarnings(PendingCommand pending) {
        return SHOW_WARNINGS.matcher(text(pending)).matches();
    }

    private static String text(PendingCommand pending) {
        ByteBuf packet = pending.packet;
        if (pending.command != Command.QUERY || packet == null || packet.readableBytes() > MAX_BYTES) {
            return "";
        }
        int skip = Packets.HEADER_BYTES + 1;
        return packet.toString(packet.readerIndex() + skip, packet.readableBytes() - skip, StandardCharsets.ISO_8859_1);
    }
}
