package io.connbudget.proxy.identity;

import io.connbudget.proxy.config.AccountConfig;
import io.connbudget.proxy.config.PasswordConfig;
import io.connbudget.proxy.config.Secret;
import io.connbudget.proxy.lease.BackendAccount;
import io.connbudget.proxy.lease.BackendAccounts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * The accounts at the database, by name. They stay when the configuration forgets them: sessions that are open run as them
 * to their end, as on a server. Thread-safe.
 */
public final class BackendLogins implements BackendAccounts {
    private final String poolUser;
    private final Executor blocking;
    private final Map<String, BackendLogin> byUser = new ConcurrentHashMap<>();
    /** Those whose password a client brought; they leave with the last of their sessions. */
    private final Map<String, BackendLogin> passed = new ConcurrentHashMap<>();
    /** Those of {@link #byUser} that the configuration still has. */
    private volatile Set<String> configured = Set.of();

    /**
     * Knows the account of the pool.
     *
     * @param blocking runs what reads files or starts programs
     */
    BackendLogins(String poolUser, ServerPassword poolPassword, Executor blocking) {
        this.poolUser = poolUser;
        this.blocking = blocking;
        set(poolUser, poolPassword);
        configured = Set.of(poolUser);
    }

    @Override
    public BackendAccount of(String user) {
        BackendLogin login = configured.contains(user) ? byUser.get(user) : passed.get(user);
        if (login == null) {
            // A session from before the configuration forgot its account.
            login = byUser.get(user);
        }
        if (login == null) {
            throw new IllegalStateException("no account at the database of the name " + user);
        }
        return login;
    }

    /** Takes over the passwords of a configuration. */
    void update(List<AccountConfig> accounts) {
        Map<String, List<Secret>> passwords = new HashMap<>();
        // First what is said of the account itself, then what others say of it.
        for (AccountConfig account : accounts) {
            Secret password = account.password();
            if (account.backendUser() == null && password != null) {
                List<Secret> all = passwords.computeIfAbsent(account.name(), name -> new ArrayList<>());
                all.add(password);
                for (PasswordConfig other : account.otherPasswords()) {
                    Secret another = other.password();
                    if (another != null) {
                        all.add(another);
                    }
                }
            }
        }
        for (AccountConfig account : accounts) {
            Secret password = account.backendPassword();
            if (password != null) {
                passwords
                        .computeIfAbsent(account.effectiveBackendUser(), name -> new ArrayList<>())
                        .add(password);
            }
        }
        passwords.forEach((user, secrets) -> {
            if (!user.equals(poolUser)) {
                set(user, new GivenPassword(secrets));
            }
        });
        Set<String> names = new HashSet<>(passwords.keySet());
        names.add(poolUser);
        configured = Set.copyOf(names);
    }

    private void set(String user, ServerPassword password) {
        put(byUser, user, password);
    }

    /** Knows an account that the configuration does not have, by the password that the database took. */
    void pass(String user, Secret password) {
        put(passed, user, new GivenPassword(List.of(password)));
    }

    /** Forgets an account of {@link #pass}. */
    void forget(String user) {
        passed.remove(user);
    }

    private void put(Map<String, BackendLogin> into, String user, ServerPassword password) {
        into.compute(user, (name, known) -> {
            if (known == null) {
                return new BackendLogin(user, password, blocking);
            }
            known.password(password);
            return known;
        });
    }
}
