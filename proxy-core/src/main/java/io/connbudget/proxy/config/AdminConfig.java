package io.connbudget.proxy.config;

import java.util.List;

/**
 * Who may use the console and HTTP.
 *
 * @param users none: only from the machine itself, where no password is asked for
 */
public record AdminConfig(
        @Setting(
                "Who may use the console, the dashboard and `/api/*`; with none, whoever comes from the machine itself, without a password.")
        List<AdminAccount> users,

        @Setting(
                value =
                        "Who may read `/metrics`: `open` for everybody who reaches the port, as is usual for Prometheus; `users` for `users` alone.",
                byDefault = "open")
        MetricsAccess metrics) {
    public AdminConfig {
        users = List.copyOf(users);
        InvalidSetting.unless(
                metrics == MetricsAccess.OPEN || !users.isEmpty(),
                "metrics",
                "is users, and admin.users has no element",
                "`open`, or an administrator in admin.users");
        for (int i = 0; i < users.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (users.get(i).name().equals(users.get(j).name())) {
                    throw new InvalidSetting(
                            "users[" + i + "].name", "is the name of another administrator too", "each name once");
                }
            }
        }
    }
}
