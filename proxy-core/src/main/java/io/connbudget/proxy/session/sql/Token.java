package io.connbudget.proxy.session.sql;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The token that the tokenizer has just finished; one object, filled again for each. Its bytes are valid during the call only. */
final class Token {
    /** What it is: a {@link Code}, or the character of a symbol. */
    int code;
    /** For a word or a quoted name: what is known of it. */
    @Nullable Word word;

    byte[] bytes = new byte[0];
    int from;
    int to;
    /** Of a parenthesis, a comma and the like, and of {@code @@}: where it begins in the part that is read. */
    int at;
    /** The quote character of a string or quoted name, 0 where there is none. */
    int quote;
    /** Whether backslash escapes count in this text. */
    boolean backslashes;
    /** The text was longer than the tokenizer keeps; {@link #text} has its first part only. */
    boolean cut;

    boolean isName() {
        return code >= Code.WORD || code == Code.QUOTED_NAME;
    }

    boolean startsWithIgnoreCase(byte[] upperCase) {
        if (to - from < upperCase.length) {
            return false;
        }
        for (int i = 0; i < upperCase.length; i++) {
            if (Characters.upper(bytes[from + i]) != upperCase[i]) {
                return false;
            }
        }
        return true;
    }

    /** The text without quotes, doubled quotes and escapes resolved. */
    String text() {
        if (quote == 0) {
            return decode(bytes, from, to);
        }
        byte[] plain = new byte[to - from];
        int length = 0;
        for (int i = from; i < to; i++) {
            byte octet = bytes[i];
            if (octet == quote && i + 1 < to) {
                i++;
            } else if (octet == '\\' && backslashes && i + 1 < to) {
                octet = unescape(bytes[++i]);
            }
            plain[length++] = octet;
        }
        return decode(plain, 0, length);
    }

    private static byte unescape(byte octet) {
        return switch (octet) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'b' -> '\b';
            case '0' -> 0;
            case 'Z' -> 26;
            default -> octet;
        };
    }

    private static String decode(byte[] bytes, int from, int to) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, from, to - from))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
        }
    }
}
