package io.connbudget.proxy.config;

/**
 * A number of bytes, as it is written in a configuration: {@code 512}, {@code 64KiB}, {@code 16MiB}, {@code 1GiB}.
 *
 * @param bytes at least 0
 */
public record ByteSize(long bytes) {
    private static final String[] UNITS = {"GiB", "MiB", "KiB", "B"};

    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("negative");
        }
    }

    static ByteSize parse(String text) {
        for (int i = 0; i < UNITS.length; i++) {
            if (text.endsWith(UNITS[i])) {
                long count = Long.parseLong(
                        text.substring(0, text.length() - UNITS[i].length()).trim());
                return new ByteSize(Math.multiplyExact(count, 1L << (10 * (UNITS.length - 1 - i))));
            }
        }
        return new ByteSize(Long.parseLong(text));
    }

    @Override
    public String toString() {
        for (int i = 0; i < UNITS.length; i++) {
            long unit = 1L << (10 * (UNITS.length - 1 - i));
            if (bytes >= unit && bytes % unit == 0) {
                return bytes / unit + UNITS[i];
            }
        }
        return "0B";
    }
}
