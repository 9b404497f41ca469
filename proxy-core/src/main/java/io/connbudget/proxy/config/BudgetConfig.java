package io.connbudget.proxy.config;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The limit that nothing exceeds, the classes that share it, and the queue in front of it.
 *
 * @param maxConnections {@link #DISCOVER} to ask the database
 * @param reserve null for none with a given number, and for 5 % where the database is asked
 * @param classes by name, in the order of the file
 * @param rules in the order in which they are tried
 */
public record BudgetConfig(
        @Setting(
                value =
                        "The hard budget: connections to the database, as the database counts them, at any moment. `auto` asks the database: `max_connections`,"
                                + " `max_user_connections`, slots kept for administrators, and what other accounts use.",
                flag = "--budget",
                word = "auto",
                wordMeans = BudgetConfig.DISCOVER,
                min = 1)
        int maxConnections,

        @Setting(
                value =
                        "Taken off `budget.max-connections` for others: a number, or a part such as `5%`. Without it nothing, but with `auto` 5 %, at least 3.",
                byDefault = Setting.NONE)
        @Nullable Reserve reserve,

        @Setting(
                value = "This proxy's part of what is left, where several share the database, such as `1/20`.",
                byDefault = "1/1")
        Share share,

        @Setting(
                value = "With `auto`: how often the database is asked again. A smaller budget ends no transaction.",
                byDefault = "10s")
        Duration discoveryInterval,

        @Setting(
                value =
                        "When the database refuses connections (1040, 1203, 1226) the budget falls to what it let in; after each such time without a refusal a"
                                + " thirty-second of the budget is tried again.",
                byDefault = "5s")
        Duration recoveryInterval,

        @Setting(
                value =
                        "Whose clients share one turn inside a class: those of one `host`, or of one `process` of a host"
                                + " (attribute `_pid`; clients that do not send it count by host).",
                byDefault = "host")
        FairBetween fairBetween,

        @Setting(
                value = "Clients of a class that may wait for a backend; one more is refused at once.",
                byDefault = "20000")
        int queueLength,

        @Setting(value = "How long a client may wait for a backend before it is refused.", byDefault = "10s")
        Duration queueTimeout,

        @Setting(
                "Client classes by name (letters, digits, `-`, `_`); `default` is there always, for clients that no rule matches.")
        Map<String, ClassConfig> classes,

        @Setting("Which client gets which class: the first rule that matches.")
        List<RuleConfig> rules) {

    /** {@link #maxConnections} for a budget that follows the database's own limits. */
    public static final int DISCOVER = 0;

    /** Name of the class that is there without being configured. */
    public static final String DEFAULT_CLASS = "default";

    /** The largest budget. */
    private static final int MOST = 1_000_000;

    private static final int DEFAULT_PERCENT = 5;
    private static final int DEFAULT_LEAST = 3;

    public BudgetConfig {
        classes = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(classes));
        rules = List.copyOf(rules);
        InvalidSetting.atLeast(queueTimeout, 1, "queue-timeout");
        InvalidSetting.atLeast(discoveryInterval, 100, "discovery-interval");
        InvalidSetting.atLeast(recoveryInterval, 1, "recovery-interval");
        InvalidSetting.unless(
                maxConnections <= MOST,
                "max-connections",
                "is \"" + maxConnections + "\"",
                "`auto` or a whole number of 1 to " + MOST);
        for (int i = 0; i < rules.size(); i++) {
            String name = rules.get(i).clientClass();
            InvalidSetting.unless(
                    name.equals(DEFAULT_CLASS) || classes.containsKey(name),
                    "rules[" + i + "].class",
                    "is \"" + name + "\", which is not in budget.classes",
                    "one of " + String.join(", ", classes.keySet())
                            + (classes.containsKey(DEFAULT_CLASS)
                                    ? ""
                                    : (classes.isEmpty() ? "" : ", ") + DEFAULT_CLASS));
        }
        if (maxConnections != DISCOVER) {
            int total = total(maxConnections, reserve, share);
            InvalidSetting.unless(
                    total >= 1,
                    reserve == null ? "share" : "reserve",
                    "leaves nothing of budget.max-connections",
                    "a budget of at least 1");
            int leasable = leasable(total);
            long guaranteed = 0;
            for (Map.Entry<String, ClassConfig> entry : classes.entrySet()) {
                guaranteed += entry.getValue().guaranteed();
                InvalidSetting.unless(
                        guaranteed <= leasable,
                        "classes." + entry.getKey() + ".guaranteed",
                        "is " + entry.getValue().guaranteed() + ", which makes the sum of guarantees " + guaranteed,
                        "a sum of at most " + leasable + ", the budget less the connection that is kept for KILL");
            }
        }
    }

    public boolean discovers() {
        return maxConnections == DISCOVER;
    }

    /** The budget as {@code max-connections}, {@code reserve} and {@code share} give it; not with {@link #discovers}. */
    public int total() {
        return total(maxConnections, reserve, share);
    }

    /**
     * The budget that a server's limits leave, with {@link #discovers}.
     *
     * @param serverMax {@code max_connections}; the reserve is a part of it
     * @param others connections that others have
     * @param accountMax {@code max_user_connections}, 0 for none
     */
    public int totalOf(int serverMax, int others, int accountMax) {
        int kept = reserve == null
                ? Math.max(DEFAULT_LEAST, (int) ((long) serverMax * DEFAULT_PERCENT / 100))
                : reserve.of(serverMax);
        int room = Math.max(0, serverMax - others - kept);
        return share.of(accountMax > 0 ? Math.min(room, accountMax) : room);
    }

    private static int total(int connections, @Nullable Reserve reserve, Share share) {
        return share.of(Math.max(0, connections - (reserve == null ? 0 : reserve.of(connections))));
    }

    /** Of a budget, the connections that can be leased to clients: all but one, which is kept for KILL and the like. */
    public static int leasable(int total) {
        return total > 1 ? total - 1 : total;
    }
}
