package io.connbudget.proxy.config;

/**
 * Connections that are left to others, as a number ({@code 80}) or a part ({@code 5%}).
 *
 * @param amount at least 0; of a part at most 99
 */
public record Reserve(int amount, boolean percent) {
    public Reserve {
        if (amount < 0 || (percent && amount > 99)) {
            throw new IllegalArgumentException("out of range");
        }
    }

    static Reserve parse(String text) {
        boolean percent = text.endsWith("%");
        return new Reserve(
                Integer.parseInt(percent ? text.substring(0, text.length() - 1).trim() : text), percent);
    }

    /** Of a number of connections; a part is rounded up. */
    int of(int connections) {
        return percent ? (int) (((long) connections * amount + 99) / 100) : amount;
    }

    @Override
    public String toString() {
        return percent ? amount + "%" : String.valueOf(amount);
    }
}
