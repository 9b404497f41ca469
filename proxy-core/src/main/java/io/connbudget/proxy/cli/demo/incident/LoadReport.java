package io.connbudget.proxy.cli.demo.incident;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How far a load is. Counts only grow, except {@code held}.
 *
 * @param opened connections that logged in
 * @param held connections that are logged in at this moment
 * @param finished connections that ran all their transactions
 * @param transactions transactions whose COMMIT was answered with OK
 * @param errors connections that ended in an error, by MySQL error code; 2003 and 2013 also stand for a TCP connection
 *     refused or lost
 */
public record LoadReport(long opened, long held, long finished, long transactions, SortedMap<Integer, Long> errors) {
    public static final LoadReport NONE = new LoadReport(0, 0, 0, 0, new TreeMap<>());

    /** Connections that ended in an error, of whatever code. */
    public long failed() {
        return errors.values().stream().mapToLong(Long::longValue).sum();
    }

    public LoadReport plus(LoadReport other) {
        SortedMap<Integer, Long> sum = new TreeMap<>(errors);
        other.errors.forEach((code, count) -> sum.merge(code, count, Long::sum));
        return new LoadReport(
                opened + other.opened,
                held + other.held,
                finished + other.finished,
                transactions + other.transactions,
                sum);
    }

    /** One line that {@link #parse} reads. */
    String toLine() {
        StringBuilder line = new StringBuilder()
                .append(opened)
                .append(' ')
                .append(held)
                .append(' ')
                .append(finished)
                .append(' ')
                .append(transactions);
        for (Map.Entry<Integer, Long> error : errors.entrySet()) {
            line.append(' ').append(error.getKey()).append('=').append(error.getValue());
        }
        return line.toString();
    }

    static LoadReport parse(String line) {
        String[] words = line.split(" ", -1);
        SortedMap<Integer, Long> errors = new TreeMap<>();
        for (int i = 4; i < words.length; i++) {
            int equals = words[i].indexOf('=');
            errors.put(Integer.valueOf(words[i].substring(0, equals)), Long.valueOf(words[i].substring(equals + 1)));
        }
        return new LoadReport(
                Long.parseLong(words[0]),
                Long.parseLong(words[1]),
                Long.parseLong(words[2]),
                Long.parseLong(words[3]),
                errors);
    }
}
