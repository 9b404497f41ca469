package io.connbudget.proxy.identity;

import io.connbudget.proxy.backend.AccountRefused;
import io.connbudget.proxy.backend.BackendUnavailable;
import io.connbudget.proxy.config.PassThroughConfig;
import io.connbudget.proxy.config.Secret;
import io.connbudget.wire.auth.CachingSha2Password;
import io.connbudget.wire.message.ErrPacket;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Logins that the database verifies: accounts that the configuration does not have. Thread-safe.
 *
 * <p>An account enters when the database took its password. For the life that is configured, others log in by the hash of
 * it; then the database is asked again. The password itself stays as long as a session of the account may have to be moved
 * to a backend, or the life lasts; it leaves with the later of the two.
 */
public final class PassThrough {
    /** How long a login waits for a permit to ask the database with. */
    private static final long ASK_NANOS = 5_000_000_000L;

    private static final long PAUSE_MILLIS = 20;

    /** Asks the database; blocks. */
    @FunctionalInterface
    public interface Database {
        /**
         * Logs in and out.
         *
         * @param password overwritten
         * @throws BackendUnavailable ACCESS_DENIED where the password is wrong
         * @throws AccountRefused where the account is not let in for another reason
         */
        void check(String user, char[] password) throws BackendUnavailable, AccountRefused;
    }

    /**
     * What came of a login.
     *
     * @param known whether the database has answered
     * @param accepted whether it lets the account in
     * @param clientsFault whether it counts as a failed login of the client's address
     * @param error the database's own, where it does not let the account in and that is for no wrong password; else null
     */
    public record Verdict(
            boolean known,
            boolean accepted,
            boolean clientsFault,
            @Nullable ErrPacket error) {
        public static final Verdict ACCEPTED = new Verdict(true, true, false, null);

        /** The password is wrong, or there is no such account. */
        public static final Verdict REFUSED = new Verdict(true, false, true, null);

        /** The database could not be asked. */
        public static final Verdict UNKNOWN = new Verdict(false, false, false, null);
    }

    private volatile PassThroughConfig config;
    private final BackendLogins logins;
    private final Database database;
    private final Executor asking;
    /** The least recently used first. */
    private final LinkedHashMap<String, Passed> byUser = new LinkedHashMap<>(16, 0.75f, true);

    private static final class Passed {
        byte[] fastHash = new byte[0];
        long verifiedNanos;
        int sessions;
    }

    /** @param asking runs what asks the database, one at a time: each has a connection of the budget for a moment */
    PassThrough(PassThroughConfig config, BackendLogins logins, Database database, Executor asking) {
        this.config = config;
        this.logins = logins;
        this.database = database;
        this.asking = asking;
    }

    /** Takes over another configuration. */
    void reload(PassThroughConfig value) {
        config = value;
    }

    public boolean on() {
        return config.on();
    }

    /** Verifies an answer of caching_sha2_password's fast path; false also where the clear password is needed. */
    public boolean verifyFast(String user, byte[] scramble, byte[] nonce, long nowNanos) {
        byte[] hash = freshHash(user, nowNanos);
        return hash != null && CachingSha2Password.verify(scramble, nonce, hash);
    }

    private synchronized byte @Nullable [] freshHash(String user, long nowNanos) {
        Passed passed = byUser.get(user);
        return passed == null || expired(passed, nowNanos) ? null : passed.fastHash;
    }

    private boolean expired(Passed passed, long nowNanos) {
        return nowNanos - passed.verifiedNanos >= config.life().toNanos();
    }

    /**
     * Verifies a clear password, which is taken over and overwritten. The outcome comes on another thread.
     *
     * @param clear in UTF-8
     * @param wanted asked on another thread, whether anybody still waits; else the database is left alone
     */
    public void verify(String user, byte[] clear, BooleanSupplier wanted, Consumer<Verdict> outcome) {
        try {
            asking.execute(() -> {
                try {
                    outcome.accept(wanted.getAsBoolean() ? ask(user, clear) : Verdict.UNKNOWN);
                } finally {
                    Arrays.fill(clear, (byte) 0);
                }
            });
        } catch (RejectedExecutionException e) {
            Arrays.fill(clear, (byte) 0);
            outcome.accept(Verdict.UNKNOWN);
        }
    }

    private Verdict ask(String user, byte[] clear) {
        byte[] hash = CachingSha2Password.fastHash(clear);
        byte[] known = freshHash(user, System.nanoTime());
        if (known != null && MessageDigest.isEqual(known, hash)) {
            // Another client was verified meanwhile.
            return Verdict.ACCEPTED;
        }
        long end = System.nanoTime() + ASK_NANOS;
        while (true) {
            CharBuffer chars = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(clear));
            char[] password = new char[chars.remaining()];
            chars.get(password);
            Arrays.fill(chars.array(), '\0');
            try {
                database.check(user, password);
                accept(user, clear, hash);
                return Verdict.ACCEPTED;
            } catch (AccountRefused e) {
                return new Verdict(true, false, !e.rightPassword(), e.error());
            } catch (BackendUnavailable e) {
                if (e.kind() == BackendUnavailable.Kind.ACCESS_DENIED) {
                    return Verdict.REFUSED;
                }
                if (e.kind() != BackendUnavailable.Kind.TIMEOUT || System.nanoTime() > end) {
                    return Verdict.UNKNOWN;
                }
            } finally {
                Arrays.fill(password, '\0');
            }
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Verdict.UNKNOWN;
            }
        }
    }

    private synchronized void accept(String user, byte[] clear, byte[] hash) {
        Passed passed = byUser.computeIfAbsent(user, name -> new Passed());
        passed.fastHash = hash;
        passed.verifiedNanos = System.nanoTime();
        logins.pass(user, Secret.of(clear));
        if (byUser.size() > config.maxAccounts()) {
            evictOne(user);
        }
    }

    private void evictOne(String butNot) {
        for (Map.Entry<String, Passed> entry : byUser.entrySet()) {
            if (entry.getValue().sessions == 0 && !entry.getKey().equals(butNot)) {
                forget(entry.getKey());
                return;
            }
        }
    }

    private void forget(String user) {
        Passed passed = byUser.remove(user);
        if (passed != null) {
            Arrays.fill(passed.fastHash, (byte) 0);
        }
        logins.forget(user);
    }

    /** A session of the account begins. @return false: it was forgotten since its login */
    public synchronized boolean opened(String user) {
        Passed passed = byUser.get(user);
        if (passed == null) {
            return false;
        }
        passed.sessions++;
        return true;
    }

    /** A session of {@link #opened} has ended. */
    public synchronized void closed(String user) {
        Passed passed = byUser.get(user);
        if (passed != null) {
            passed.sessions--;
        }
    }

    /** Forgets what is over; called now and then. */
    synchronized void sweep(long nowNanos) {
        byUser.entrySet().stream()
                .filter(entry -> entry.getValue().sessions == 0 && expired(entry.getValue(), nowNanos))
                .map(Map.Entry::getKey)
                .toList()
                .forEach(this::forget);
    }

    /** Accounts that are remembered. */
    public synchronized int size() {
        return byUser.size();
    }
}
