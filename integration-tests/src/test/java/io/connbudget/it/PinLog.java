package io.connbudget.it;

import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Every pin that a proxy's sessions get, transactions left out, from its log: a metric that is looked at now and then may miss one.
 * The proxy must be started with {@link #with}.
 */
final class PinLog {
    /** Reasons in a session at the time of a pin, and the statement that brought it. */
    record Pin(Set<String> reasons, String statement) {}

    private static final Pattern PINNED = Pattern.compile(
            "event=session_pinned .*?reason=\"?\\[([A-Z_, ]*)]\"? statement=(?:\"((?:[^\"\\\\]|\\\\.)*)\"|(\\S*))");

    private final ProxyProcess proxy;
    private int taken;

    PinLog(ProxyProcess proxy) {
        this.proxy = proxy;
    }

    /** Makes the proxy write its pins to the log. */
    static ProxyProcess.Settings with(ProxyProcess.Settings settings) {
        return settings.jvm("-Dlogback.configurationFile=logback-pins.xml");
    }

    /** The pins since the last call. One more is brought, and awaited: what came before it is in the log by then. */
    List<Pin> take() throws Exception {
        if (ProxyProcess.control()) {
            return List.of();
        }
        String mark = "pin_log_" + taken;
        try (Connection connection = proxy.target().connect();
                Statement sql = connection.createStatement()) {
            sql.execute("CREATE TEMPORARY TABLE " + mark + " (i INT)");
            Await.until(
                    "the log has the pin of " + mark,
                    () -> all().stream().anyMatch(pin -> pin.statement().contains(mark)));
        }
        List<Pin> all = all();
        int end = 0;
        while (!all.get(end).statement().contains(mark)) {
            end++;
        }
        List<Pin> fresh = List.copyOf(all.subList(taken, end));
        taken = end + 1;
        return fresh;
    }

    private List<Pin> all() {
        List<Pin> pins = new ArrayList<>();
        for (String line : proxy.log()) {
            Matcher matcher = PINNED.matcher(line);
            if (matcher.find()) {
                Set<String> reasons = new TreeSet<>(List.of(matcher.group(1).split(", ")));
                reasons.remove("TRANSACTION");
                pins.add(new Pin(reasons, matcher.group(2) != null ? matcher.group(2) : matcher.group(3)));
            }
        }
        return pins;
    }

    /** All reasons among the pins. */
    static Set<String> reasons(List<Pin> pins) {
        Set<String> reasons = new TreeSet<>();
        pins.forEach(pin -> reasons.addAll(pin.reasons()));
        return reasons;
    }
}
