package io.connbudget.proxy.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration. A value of this type is valid.
 *
 * @param http null where HTTP is off
 * @param console null where the console is off
 * @param eventLoops 0 for {@link #effectiveEventLoops} to choose
 */
public record ProxyConfig(
        @Setting(value = "Address that clients connect to.", byDefault = "127.0.0.1:3307", flag = "--listen")
        HostPort listen,

        @Setting(
                value =
                        "Address of dashboard, `/api/*`, `/metrics`, `/healthz` and `/readyz`; `off` for none. Beyond the loopback address dashboard and `/api/*` need `admin.users`.",
                byDefault = "127.0.0.1:9104",
                flag = "--http",
                word = "off")
        @Nullable HostPort http,

        @Setting(
                value =
                        "Address of the SQL console, for any MySQL client; `off` for none. Beyond the loopback address it needs `admin.users`. It has no TLS: keep it on a private address.",
                byDefault = "off",
                flag = "--console",
                word = "off")
        @Nullable HostPort console,

        @Setting(
                value = "Threads that serve connections; `auto` is half the cores, at least 1.",
                byDefault = "auto",
                flag = "--event-loops",
                word = "auto",
                min = 1)
        int eventLoops,

        @Setting(value = "Network transport; `auto` is epoll where the system has it, else nio.", byDefault = "auto")
        Transport transport,

        @Setting(
                value =
                        "When a backend may pass to another client: `transaction` at the end of each transaction, `session` when the client disconnects,"
                                + " `eager` as often as possible (for tests).",
                byDefault = "transaction",
                flag = "--handoff")
        Handoff handoff,

        BackendConfig backend,
        BudgetConfig budget,

        @Setting("Accounts that clients may log in with; with none, the account of `backend` is the only one.")
        List<AccountConfig> accounts,

        AdminConfig admin,

        FrontendConfig frontend,
        SessionConfig session,

        @Setting(
                value = "How long a drain (SIGTERM, Ctrl-C) waits for clients to finish before it closes them.",
                byDefault = "30s",
                flag = "--drain-timeout")
        Duration drainTimeout,

        LogConfig log) {

    public ProxyConfig {
        accounts = List.copyOf(accounts);
        for (int i = 0; i < accounts.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (accounts.get(i).name().equals(accounts.get(j).name())) {
                    throw new InvalidSetting(
                            "accounts[" + i + "].name", "is the name of another account too", "each name once");
                }
            }
        }
        for (int i = 0; i < accounts.size(); i++) {
            AccountConfig account = accounts.get(i);
            String clientClass = account.clientClass();
            if (clientClass != null
                    && !clientClass.equals(BudgetConfig.DEFAULT_CLASS)
                    && !budget.classes().containsKey(clientClass)) {
                throw new InvalidSetting(
                        "accounts[" + i + "].client-class",
                        "is \"" + clientClass + "\", which is not in budget.classes",
                        "the name of a class, or default");
            }
            if (account.tlsIdentity() != null && frontend.tls().clientCa() == null) {
                throw new InvalidSetting(
                        "accounts[" + i + "].tls-identity",
                        "is given, and clients are not asked for certificates",
                        "frontend.tls.client-ca next to it");
            }
            if (account.backendUser() != null && !knowsPassword(account, backend, accounts)) {
                throw new InvalidSetting(
                        "accounts[" + i + "].backend-password",
                        "is missing, and no account of that name has a password here",
                        "the password of " + account.backendUser() + " at the database");
            }
        }
        if (accounts.isEmpty()
                && backend.password() == null
                && !frontend.passThrough().on()) {
            throw new InvalidSetting(
                    "accounts",
                    "has no element, and clients cannot log in with what backend.password-command prints",
                    "an account, or frontend.pass-through.mode: on");
        }
        if (console != null && !console.isLoopback() && admin.users().isEmpty()) {
            throw new InvalidSetting(
                    "console",
                    "is \"" + console + "\", which other machines may reach, and admin.users has no element",
                    "an address of 127.0.0.0/8, [::1] or localhost, or an administrator in admin.users");
        }
        if (!budget.discovers() && backend.minIdle() > budget.maxConnections()) {
            throw new InvalidSetting(
                    "backend.min-idle",
                    "is more than budget.max-connections",
                    "`all`, or a number of at most " + budget.maxConnections());
        }
    }

    /** Whether the password of the account's account at the database is written somewhere. */
    private static boolean knowsPassword(AccountConfig account, BackendConfig backend, List<AccountConfig> accounts) {
        String user = account.effectiveBackendUser();
        return account.backendPassword() != null
                || user.equals(backend.user())
                || accounts.stream().anyMatch(a -> a.name().equals(user) && a.backendUser() == null);
    }

    /** Event loops to start, at least 1. */
    public int effectiveEventLoops() {
        return eventLoops > 0 ? eventLoops : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }

    /** Accounts that clients may log in with; none where the database verifies them all. */
    public List<AccountConfig> clientAccounts() {
        Secret password = backend.password();
        return accounts.isEmpty() && password != null && !frontend.passThrough().on()
                ? List.of(AccountConfig.of(backend.user(), password))
                : accounts;
    }
}
