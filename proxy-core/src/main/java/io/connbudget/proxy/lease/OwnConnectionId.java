package io.connbudget.proxy.lease;

import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts the client's own connection id in the place of CONNECTION_ID() and {@code @@pseudo_thread_id} in a statement, which
 * at a backend would give the backend's. A column without an alias has the number for its name.
 */
final class OwnConnectionId {
    private static final Pattern QUOTED_OR_ID = Pattern.compile(
            "'(?:[^'\\\\]|\\\\.|'')*'|\"(?:[^\"\\\\]|\\\\.|\"\")*\"|`[^`]*`|/\\*.*?\\*/|#[^\\n]*|--\\s[^\\n]*"
                    + "|(?<![\\w$@.])CONNECTION_ID\\s*\\(\\s*\\)|@@(?:(?:SESSION|LOCAL)\\s*\\.\\s*)?PSEUDO_THREAD_ID(?![\\w$])",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    /** Here the backend's id is compared with what the server shows of the backend. */
    private static final Pattern BACKENDS_OWN =
            Pattern.compile("\\b(?:FROM|JOIN|IS_USED_LOCK|TABLE)\\b", Pattern.CASE_INSENSITIVE);

    private OwnConnectionId() {}

    /**
     * Rewrites a whole COM_QUERY packet.
     *
     * @param packet ownership passes to this method
     * @return what to send in its place; owned by the caller
     */
    static ByteBuf put(ByteBufAllocator allocator, ByteBuf packet, long connectionId) {
        int skip = Packets.HEADER_BYTES + 1;
        int length = packet.readableBytes() - skip;
        if (length + skip >= Packets.MAX_PAYLOAD) {
            return packet;
        }
        String sql = packet.toString(packet.readerIndex() + skip, length, StandardCharsets.ISO_8859_1);
        if (BACKENDS_OWN.matcher(sql).find()) {
            return packet;
        }
        String id = Long.toString(connectionId);
        Matcher matcher = QUOTED_OR_ID.matcher(sql);
        StringBuilder out = new StringBuilder(sql.length());
        boolean found = false;
        while (matcher.find()) {
            char first = matcher.group().charAt(0);
            boolean isId = first == '@' || first == 'C' || first == 'c';
            found |= isId;
            matcher.appendReplacement(out, Matcher.quoteReplacement(isId ? id : matcher.group()));
        }
        if (!found) {
            return packet;
        }
        matcher.appendTail(out);
        byte[] bytes = out.toString().getBytes(StandardCharsets.ISO_8859_1);
        ByteBuf rewritten = allocator.buffer(skip + bytes.length);
        Packets.writeHeader(rewritten, bytes.length + 1, 0);
        rewritten.writeByte(packet.getByte(packet.readerIndex() + Packets.HEADER_BYTES));
        rewritten.writeBytes(bytes);
        packet.release();
        return rewritten;
    }
}
