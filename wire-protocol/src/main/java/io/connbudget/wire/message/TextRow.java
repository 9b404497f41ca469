package io.connbudget.wire.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.connbudget.wire.LengthEncoded;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row of a text result, for the small results that the proxy gives or reads itself. Values are UTF-8; null is SQL NULL.
 *
 * @see <a
 *     href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html">Text
 *     Resultset Row</a>
 */
public record TextRow(List<@Nullable String> values) implements Message {
    public TextRow {
        values = Collections.unmodifiableList(new ArrayList<>(values));
    }

    public static TextRow of(@Nullable String... values) {
        return new TextRow(Arrays.asList(values));
    }

    @Override
    public void encode(ByteBuf out) {
        for (String value : values) {
            if (value == null) {
                out.writeByte(LengthEncoded.NULL);
            } else {
                LengthEncoded.writeString(out, value, UTF_8);
            }
        }
    }

    /**
     * Reads the payload.
     *
     * @throws MalformedPacketException if a value does not end inside the payload
     */
    public static TextRow decode(ByteBuf payload) {
        List<@Nullable String> values = new ArrayList<>();
        while (payload.isReadable()) {
            if (payload.getUnsignedByte(payload.readerIndex()) == LengthEncoded.NULL) {
                payload.skipBytes(1);
                values.add(null);
            } else {
                values.add(LengthEncoded.readString(payload, UTF_8));
            }
        }
        return new TextRow(values);
    }
}
