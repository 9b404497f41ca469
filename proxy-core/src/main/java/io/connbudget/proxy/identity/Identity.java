package io.connbudget.proxy.identity;

import io.connbudget.proxy.backend.PasswordSource;
import io.connbudget.proxy.config.BackendConfig;
import io.connbudget.proxy.config.CommandLine;
import io.connbudget.proxy.config.DoorConfig;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.config.Secret;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Everything that tells who somebody is, on both sides. Thread-safe; reloaded as a whole. */
public final class Identity implements AutoCloseable {
    private static final long TICK_SECONDS = 1;

    private final SecureRandom random = new SecureRandom();
    private final ScheduledExecutorService blocking =
            Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("identity", true));
    /** Beside the one above: whoever floods it with wrong passwords must not keep the pool from its own. */
    private final ExecutorService asking =
            Executors.newSingleThreadExecutor(new DefaultThreadFactory("pass-through", true));

    private final ServerPassword poolPassword;
    private final BackendLogins logins;
    private final PassThrough passThrough;
    private final LoginBackOff backOff;
    /** Draws what unknown names seem to be; the same over all reloads, so that none of them changes at one. */
    private final byte[] namesKey = new byte[Accounts.KEY_BYTES];

    private volatile DoorConfig door;
    private volatile Accounts accounts;

    /** @param database asks the database whether a password is right */
    public Identity(ProxyConfig config, PassThrough.Database database) {
        this.poolPassword = poolPassword(config.backend());
        this.logins = new BackendLogins(config.backend().user(), poolPassword, blocking);
        this.passThrough = new PassThrough(config.frontend().passThrough(), logins, database, asking);
        this.door = config.frontend().door();
        this.backOff = new LoginBackOff(() -> door);
        random.nextBytes(namesKey);
        logins.update(config.clientAccounts());
        this.accounts = new Accounts(config.clientAccounts(), random, namesKey);
        blocking.scheduleWithFixedDelay(this::tick, TICK_SECONDS, TICK_SECONDS, TimeUnit.SECONDS);
    }

    private static ServerPassword poolPassword(BackendConfig backend) {
        CommandLine command = backend.passwordCommand().run();
        if (command != null) {
            return new PrintedPassword(
                    command,
                    backend.passwordCommand().life(),
                    backend.passwordCommand().timeout(),
                    System::nanoTime);
        }
        Secret password = backend.password();
        if (password == null) {
            throw new IllegalArgumentException("neither backend.password nor backend.password-command");
        }
        return new GivenPassword(List.of(password));
    }

    /** What a pool logs in with that is made for a moment. */
    public static PasswordSource passwordOf(BackendConfig backend) {
        return new PoolPassword(poolPassword(backend));
    }

    private void tick() {
        passThrough.sweep(System.nanoTime());
        // COM_CHANGE_USER cannot wait for a program: the password it finds is one that has not ended.
        poolPassword.fresh();
    }

    /**
     * Takes over accounts, pass-through and back-off of another configuration, at once and for all logins that come; sessions
     * that are open go on as they are. Any thread.
     */
    public void reload(ProxyConfig config) {
        passThrough.reload(config.frontend().passThrough());
        door = config.frontend().door();
        logins.update(config.clientAccounts());
        accounts = new Accounts(config.clientAccounts(), random, namesKey);
    }

    /** The accounts as they are configured now. */
    public Accounts accounts() {
        return accounts;
    }

    public BackendLogins backendLogins() {
        return logins;
    }

    public PassThrough passThrough() {
        return passThrough;
    }

    public LoginBackOff backOff() {
        return backOff;
    }

    /** What the pool logs in with. */
    public PasswordSource poolPasswordSource() {
        return new PoolPassword(poolPassword);
    }

    @Override
    public void close() {
        blocking.shutdownNow();
        asking.shutdownNow();
    }
}
