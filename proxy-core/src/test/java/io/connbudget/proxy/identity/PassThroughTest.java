package io.connbudget.proxy.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.connbudget.proxy.config.AccountConfig;
import io.connbudget.proxy.config.DoorConfig;
import io.connbudget.proxy.config.PassThroughConfig;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.config.Secret;
import io.connbudget.proxy.testing.Eventually;
import io.connbudget.proxy.testing.LiveProxy;
import io.connbudget.proxy.testing.LiveProxy.Options;
import io.connbudget.proxy.testing.RawClient;
import io.connbudget.proxy.testing.TestConfigs;
import io.connbudget.proxy.testing.TestServers;
import io.connbudget.wire.auth.CachingSha2Password;
import io.connbudget.wire.auth.RsaPassword;
import io.connbudget.wire.message.ErrPacket;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Accounts that the configuration does not have log in with their password of the database. */
class PassThroughTest {
    private static final String PREFIX = "wt_identity_pass";
    /** More than the wrong passwords of a test, fewer than its refusals. */
    private static final int FAILED_LOGINS = 4;

    static List<TestServers> servers() {
        return TestServers.all();
    }

    /**
     * Logs in by hand with caching_sha2_password, without TLS: Connector/J cannot answer a server that calls itself 5.5.5, as
     * MariaDB 10 does.
     *
     * @param full whether to go on to the full path where the fast one does not verify
     * @return null where the login was refused
     */
    private static RawClient login(LiveProxy proxy, String user, String password, boolean full) throws Exception {
        RawClient client = new RawClient(proxy.port());
        if (exchange(client, user, password, full)[0] == 0) {
            return client;
        }
        client.close();
        return null;
    }

    /** @return the last packet of the login */
    private static byte[] exchange(RawClient client, String user, String password, boolean full) throws Exception {
        byte[] clear = password.getBytes(StandardCharsets.UTF_8);
        byte[] nonce = client.greeting().nonce();
        client.send(
                1,
                RawClient.response(
                        RawClient.CAPABILITIES,
                        user,
                        CachingSha2Password.scramble(clear, nonce),
                        null,
                        "caching_sha2_password"));
        byte[] answer = client.read();
        if (answer[0] == 1 && answer[1] == CachingSha2Password.PERFORM_FULL_AUTHENTICATION && full) {
            packet(client, 3, new byte[] {CachingSha2Password.REQUEST_PUBLIC_KEY});
            byte[] pem = client.read();
            packet(
                    client,
                    5,
                    RsaPassword.encrypt(clear, nonce, RsaPassword.fromPem(Arrays.copyOfRange(pem, 1, pem.length))));
            answer = client.read();
        } else if (answer[0] == 1 && answer[1] == CachingSha2Password.FAST_AUTH_SUCCESS) {
            answer = client.read();
        }
        return answer;
    }

    private static ErrPacket refusal(LiveProxy proxy, String user, String password) throws Exception {
        try (RawClient client = new RawClient(proxy.port())) {
            return ErrPacket.decode(Unpooled.wrappedBuffer(exchange(client, user, password, true)));
        }
    }

    private static void packet(RawClient client, int sequence, byte[] payload) throws Exception {
        client.raw(new byte[] {(byte) payload.length, (byte) (payload.length >> 8), 0, (byte) sequence});
        client.raw(payload);
    }

    private static String user(RawClient client) throws Exception {
        return client.query("SELECT CURRENT_USER()").value();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void theDatabaseVerifiesOnceAndTheHashFromThenOn(TestServers server) throws Exception {
        try (TestAccounts accounts = new TestAccounts(server, PREFIX, 2);
                LiveProxy proxy = new LiveProxy(
                        accounts.asPool(),
                        2,
                        new Options()
                                .passThrough(Duration.ofMinutes(5))
                                .accounts(AccountConfig.of(accounts.name(1), Secret.of(accounts.password(1)))))) {
            String first = accounts.name(0);
            assertThat(login(proxy, first, accounts.password(0), false))
                    .as("the fast path is not open yet")
                    .isNull();
            assertThat(login(proxy, first, "wrong", true)).isNull();
            assertThat(login(proxy, "nobody at all", "wrong", true)).isNull();
            try (RawClient client = login(proxy, first, accounts.password(0), true)) {
                assertThat(user(client)).startsWith(first + "@");
                try (RawClient fast = login(proxy, first, accounts.password(0), false)) {
                    assertThat(user(fast)).startsWith(first + "@");
                }
                assertThat(login(proxy, first, "wrong", true)).isNull();
                // Beside one that is configured, on the same backends.
                try (RawClient other = RawClient.login(proxy.port(), accounts.name(1), accounts.password(1), null)) {
                    assertThat(user(other)).startsWith(accounts.name(1) + "@");
                    assertThat(user(client)).startsWith(first + "@");
                    assertThat(other.query("SELECT * FROM " + accounts.table(0)).error())
                            .isEqualTo(1142);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void whatIsOverIsForgottenButNotUnderAnOpenSession(TestServers server) throws Exception {
        try (TestAccounts accounts = new TestAccounts(server, PREFIX, 1);
                LiveProxy proxy =
                        new LiveProxy(accounts.asPool(), 2, new Options().passThrough(Duration.ofSeconds(1)))) {
            PassThrough passed = proxy.identity.passThrough();
            try (RawClient client = login(proxy, accounts.name(0), accounts.password(0), true)) {
                Eventually.await("the hash is over", () -> {
                    try (RawClient fast = login(proxy, accounts.name(0), accounts.password(0), false)) {
                        return fast == null;
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                });
                passed.sweep(System.nanoTime());
                assertThat(passed.size()).isEqualTo(1);
                assertThat(user(client)).startsWith(accounts.name(0) + "@");
            }
            Eventually.await("it is forgotten with its last session", () -> passed.size() == 0);
            assertThatThrownBy(() -> proxy.identity.backendLogins().of(accounts.name(0)))
                    .isInstanceOf(IllegalStateException.class);
            login(proxy, accounts.name(0), accounts.password(0), true).close();
        }
    }

    /** The configuration lets go of an account, whose password at the database then changes. */
    @ParameterizedTest
    @MethodSource("servers")
    void whatTheConfigurationKnewOfAnAccountDoesNotOutliveIt(TestServers server) throws Exception {
        try (TestAccounts accounts = new TestAccounts(server, PREFIX, 1);
                LiveProxy proxy = new LiveProxy(
                        accounts.asPool(),
                        2,
                        new Options().passThrough(Duration.ofMinutes(5)).accounts(accounts.configs()));
                Connection admin = accounts.admin();
                Statement sql = admin.createStatement()) {
            sql.execute("ALTER USER " + accounts.name(0) + " IDENTIFIED BY 'another'");
            ProxyConfig without = TestConfigs.load("""
                    backend: {address: "127.0.0.1:1", user: app, password: secret}
                    budget: {max-connections: 2}
                    frontend: {pass-through: {mode: on}, door: {failed-logins: off}}
                    """);
            assertThat(login(proxy, accounts.name(0), "another", true))
                    .as("a configured account is not asked of the database")
                    .isNull();
            proxy.identity.reload(without);
            try (RawClient client = login(proxy, accounts.name(0), "another", true)) {
                assertThat(user(client)).startsWith(accounts.name(0) + "@");
            }
        }
    }

    /** Of which a driver must not think that the database is away, and a second one sees what the first one saw. */
    @ParameterizedTest
    @MethodSource("servers")
    void anAccountThatIsNotLetInGetsTheDatabasesOwnError(TestServers server) throws Exception {
        try (TestAccounts accounts = new TestAccounts(server, PREFIX, 3);
                LiveProxy proxy = new LiveProxy(
                        accounts.asPool(),
                        2,
                        new Options()
                                .passThrough(Duration.ofMinutes(5))
                                .door(new DoorConfig(500, FAILED_LOGINS, Duration.ofSeconds(1), null)));
                Connection admin = accounts.admin();
                Statement sql = admin.createStatement()) {
            sql.execute("ALTER USER " + accounts.name(0) + " ACCOUNT LOCK");
            sql.execute("ALTER USER " + accounts.name(1) + " PASSWORD EXPIRE");
            sql.execute("ALTER USER " + accounts.name(2) + " WITH MAX_USER_CONNECTIONS 1");
            boolean letIn = letsInWithExpiredPassword(sql);
            try (Connection held = accounts.connect(2)) {
                for (int i : letIn ? List.of(0, 2) : List.of(0, 1, 2)) {
                    ErrPacket direct = refusedDirectly(accounts, i);
                    assertThat(refusal(proxy, accounts.name(i), accounts.password(i)))
                            .isEqualTo(direct);
                    assertThat(refusal(proxy, accounts.name(i), accounts.password(i)))
                            .isEqualTo(direct);
                    assertThat(refusal(proxy, accounts.name(i), "wrong").code()).isEqualTo(1045);
                }
                assertThat(held.isValid(5)).isTrue();
            }
            if (letIn) {
                try (RawClient expired = login(proxy, accounts.name(1), accounts.password(1), true)) {
                    assertThat(expired.query("SELECT 1").error()).isEqualTo(1820);
                }
            }
            assertThat(proxy.identity.backOff().failed(InetAddress.getLoopbackAddress(), System.nanoTime()))
                    .as("what right passwords got does not count against the address")
                    .isZero();
            assertThat(proxy.pool.lastFailure()).isNull();
            // No refusal is remembered.
            sql.execute("ALTER USER " + accounts.name(0) + " ACCOUNT UNLOCK");
            login(proxy, accounts.name(0), accounts.password(0), true).close();
        }
    }

    /** MariaDB's default. */
    private static boolean letsInWithExpiredPassword(Statement sql) throws SQLException {
        try (ResultSet row = sql.executeQuery("SELECT @@disconnect_on_expired_password")) {
            row.next();
            return row.getInt(1) == 0;
        }
    }

    /** The SQLSTATE of these errors is the general one, but for that of an account without room. */
    private static ErrPacket refusedDirectly(TestAccounts accounts, int i) {
        SQLException refused = catchThrowableOfType(
                SQLException.class, () -> accounts.connect(i).close());
        return new ErrPacket(refused.getErrorCode(), i == 2 ? "42000" : "HY000", refused.getMessage());
    }

    @Test
    void theDatabaseIsNotAskedForAClientThatIsGone() {
        List<String> asked = new ArrayList<>();
        List<PassThrough.Verdict> verdicts = new ArrayList<>();
        BackendLogins logins = new BackendLogins("pool", new GivenPassword(List.of(Secret.of("p"))), Runnable::run);
        PassThrough passed = new PassThrough(
                new PassThroughConfig(PassThroughConfig.Mode.ON, Duration.ofMinutes(5), 10),
                logins,
                (user, password) -> asked.add(user),
                Runnable::run);
        passed.verify("gone", new byte[] {1}, () -> false, verdicts::add);
        passed.verify("here", new byte[] {1}, () -> true, verdicts::add);
        assertThat(asked).containsExactly("here");
        assertThat(verdicts).containsExactly(PassThrough.Verdict.UNKNOWN, PassThrough.Verdict.ACCEPTED);
        assertThat(passed.size()).isEqualTo(1);
    }
}
