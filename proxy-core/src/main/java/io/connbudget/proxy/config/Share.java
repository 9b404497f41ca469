package io.connbudget.proxy.config;

/**
 * A part of the whole, as {@code 1/20}.
 *
 * @param parts 1 to {@code of}
 * @param of at least 1
 */
public record Share(int parts, int of) {
    public Share {
        if (parts < 1 || of < parts) {
            throw new IllegalArgumentException("out of range");
        }
    }

    static Share parse(String text) {
        int slash = text.indexOf('/');
        return new Share(
                Integer.parseInt(text.substring(0, Math.max(0, slash)).trim()),
                Integer.parseInt(text.substring(slash + 1).trim()));
    }

    /** Of a number of connections, rounded down, so that all shares together do not exceed it. */
    int of(int connections) {
        return (int) ((long) connections * parts / of);
    }

    @Override
    public String toString() {
        return parts + "/" + of;
    }
}
