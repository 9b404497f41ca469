package io.connbudget.proxy.session.sql;

/** Follows the characters of a text in an encoding whose later bytes look like ASCII. */
final class MultiByte {
    private final Encoding encoding;
    /** Bytes of the character read so far, 0 to 3. */
    private int read;

    private byte third;

    MultiByte(Encoding encoding) {
        this.encoding = encoding;
    }

    void begin() {
        read = 0;
    }

    /** Whether the next byte belongs to a character of more than one byte, so that it is no quote and no backslash. */
    boolean contains(byte octet) {
        int value = octet & 0xff;
        switch (read) {
            case 1 -> {
                if (encoding.isTrail(value)) {
                    read = 0;
                    return true;
                }
                if (encoding.hasFourByteCharacters() && value >= '0' && value <= '9') {
                    read = 2;
                    return true;
                }
                read = 0;
            }
            case 2 -> {
                if (encoding.isLead(value)) {
                    read = 3;
                    third = octet;
                    return true;
                }
                read = 0;
            }
            case 3 -> {
                if (value >= '0' && value <= '9') {
                    read = 0;
                    return true;
                }
                // No character of four bytes: its third byte is a lead byte, and this one may be its trail.
                read = encoding.isLead(third & 0xff) ? 1 : 0;
                return contains(octet);
            }
            default -> {}
        }
        if (encoding.isLead(value)) {
            read = 1;
            return true;
        }
        return false;
    }
}
