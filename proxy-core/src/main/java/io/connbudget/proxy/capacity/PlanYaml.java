package io.connbudget.proxy.capacity;

import io.connbudget.budget.ClientClass;
import io.connbudget.budget.planning.CapacityPlan;
import io.connbudget.budget.planning.Fleet;

/** Writes a capacity plan as a configuration that {@code serve} takes. */
final class PlanYaml {
    /** Default of {@code frontend.max-clients}. */
    private static final int DEFAULT_MAX_CLIENTS = 50_000;

    private PlanYaml() {}

    /**
     * The whole file.
     *
     * @param address of the database
     * @param user account that the workers log in with, and the proxy's own at the database
     */
    static String of(CapacityPlan plan, String address, String user) {
        StringBuilder yaml = new StringBuilder();
        plan.text().lines().forEach(line -> yaml.append("# ").append(line).append('\n'));
        yaml.append("backend:\n  address: ")
                .append(quoted(address))
                .append("\n  user: ")
                .append(quoted(user));
        yaml.append("\n  password-env: DB_PASSWORD\n");
        long clients = plan.fleet().demand() + plan.fleet().demand() / 10;
        if (clients > DEFAULT_MAX_CLIENTS) {
            yaml.append("frontend:\n  max-clients: ").append(clients).append('\n');
        }
        yaml.append("budget:\n  max-connections: ").append(connections(plan)).append('\n');
        yaml.append("  classes:\n");
        for (ClientClass c : plan.budget().classes()) {
            yaml.append("    ").append(c.name()).append(": {guaranteed: ").append(c.guaranteed());
            yaml.append(", weight: ").append(c.weight());
            limit(yaml, "max-clients", c.maxClients());
            limit(yaml, "queue-length", c.queueLength());
            yaml.append(", queue-timeout: ")
                    .append(c.queueTimeout().toSeconds())
                    .append("s}\n");
        }
        yaml.append("  rules: # add source or attributes where others use the workers' account too\n");
        yaml.append("    - {class: ")
                .append(CapacityPlan.WORKERS)
                .append(", user: ")
                .append(quoted(user))
                .append("}\n");
        return yaml.toString();
    }

    /** The backends of the plan, and the connection that the proxy keeps for KILL where the limit has room for it. */
    static int connections(CapacityPlan plan) {
        Fleet fleet = plan.fleet();
        return Math.min(plan.budget().total() + 1, Math.max(1, fleet.limit() - fleet.reserve()));
    }

    private static void limit(StringBuilder yaml, String key, int value) {
        if (value != ClientClass.UNLIMITED) {
            yaml.append(", ").append(key).append(": ").append(value);
        }
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
