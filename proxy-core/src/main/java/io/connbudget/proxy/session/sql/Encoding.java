package io.connbudget.proxy.session.sql;

import java.util.Locale;

/**
 * How the bytes of a client character set can hide a quote or a backslash inside a multi-byte character.
 *
 * <p>The rules are those of {@code my_ismbchar} of the servers: a lead byte that no valid trail byte follows is one byte.
 */
public enum Encoding {
    /** No byte below 0x80 that the lexer cares for is ever part of a longer character: utf8mb4, latin1, ujis, euckr, gb2312, ... */
    ASCII_SAFE(0),
    /** sjis and cp932. */
    SJIS(1),
    GBK(2),
    GB18030(3),
    BIG5(4);

    /** Below 16; a part of a dialect's fingerprint. */
    final int code;

    Encoding(int code) {
        this.code = code;
    }

    /**
     * The encoding of a client character set.
     *
     * @param name MySQL's name of the character set, any case
     */
    public static Encoding ofCharacterSet(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "sjis", "cp932" -> SJIS;
            case "gbk" -> GBK;
            case "gb18030" -> GB18030;
            case "big5" -> BIG5;
            default -> ASCII_SAFE;
        };
    }

    boolean isLead(int octet) {
        return switch (this) {
            case ASCII_SAFE -> false;
            case SJIS -> (octet >= 0x81 && octet <= 0x9f) || (octet >= 0xe0 && octet <= 0xfc);
            case GBK, GB18030 -> octet >= 0x81 && octet <= 0xfe;
            case BIG5 -> octet >= 0xa1 && octet <= 0xf9;
        };
    }

    boolean isTrail(int octet) {
        return switch (this) {
            case ASCII_SAFE -> false;
            case SJIS -> (octet >= 0x40 && octet <= 0x7e) || (octet >= 0x80 && octet <= 0xfc);
            case GBK, GB18030 -> (octet >= 0x40 && octet <= 0x7e) || (octet >= 0x80 && octet <= 0xfe);
            case BIG5 -> (octet >= 0x40 && octet <= 0x7e) || (octet >= 0xa1 && octet <= 0xfe);
        };
    }

    /** Whether a digit behind a lead byte may begin the second half of a character of four bytes. */
    boolean hasFourByteCharacters() {
        return this == GB18030;
    }
}
