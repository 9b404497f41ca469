package io.connbudget.proxy.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.proxy.config.AccountConfig;
import io.connbudget.proxy.config.CidrList;
import io.connbudget.proxy.config.DoorConfig;
import io.connbudget.proxy.config.FrontendTlsConfig;
import io.connbudget.proxy.config.NameList;
import io.connbudget.proxy.config.PasswordConfig;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.config.Secret;
import io.connbudget.proxy.config.StoredSecret;
import io.connbudget.proxy.testing.Eventually;
import io.connbudget.proxy.testing.LiveProxy;
import io.connbudget.proxy.testing.LiveProxy.Options;
import io.connbudget.proxy.testing.MockDatabase;
import io.connbudget.proxy.testing.RawClient;
import io.connbudget.proxy.testing.TestConfigs;
import io.connbudget.wire.auth.CachingSha2Password;
import io.connbudget.wire.auth.NativePassword;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an account's configuration lets in, and what the door keeps out. */
class LoginRulesTest {
    private static final AccountConfig ROOT = AccountConfig.of("root", Secret.of("secret"));

    private static AccountConfig account(
            String name, List<PasswordConfig> others, CidrList sources, NameList schemas, String tlsIdentity) {
        return new AccountConfig(
                name, Secret.of("one"), null, others, sources, schemas, tlsIdentity, "root", null, null);
    }

    private static int error(LiveProxy proxy, String user, String password, String schema) throws Exception {
        try (RawClient client = new RawClient(proxy.port())) {
            return client.authenticate(user, password, schema).error();
        }
    }

    @Test
    void eachOfSeveralPasswordsLogsIn() throws Exception {
        AccountConfig app = account("app", List.of(new PasswordConfig(Secret.of("two"), null)), null, null, null);
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().accounts(app, ROOT))) {
            assertThat(error(proxy, "app", "one", null)).isZero();
            assertThat(error(proxy, "app", "two", null)).isZero();
            assertThat(error(proxy, "app", "three", null)).isEqualTo(1045);
            proxy.awaitWhole();
        }
    }

    @Test
    void aReloadHoldsForTheNextLoginAndSparesOpenSessions() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(
                        database, 1, new Options().accounts(account("app", List.of(), null, null, null), ROOT));
                RawClient open = RawClient.login(proxy.port(), "app", "one", null)) {
            AccountConfig changed =
                    new AccountConfig("app", Secret.of("new"), null, List.of(), null, null, null, "root", null, null);
            proxy.identity.reload(TestConfigs.withAccounts(List.of(changed, ROOT)));
            assertThat(error(proxy, "app", "one", null)).isEqualTo(1045);
            assertThat(error(proxy, "app", "new", null)).isZero();
            assertThat(open.query("SELECT 5").value()).isEqualTo("5");
            proxy.identity.reload(TestConfigs.withAccounts(List.of(ROOT)));
            assertThat(error(proxy, "app", "new", null)).isEqualTo(1045);
            assertThat(open.query("SELECT 6").value()).isEqualTo("6");
        }
    }

    @Test
    void sourcesAndSchemasAreLookedAt() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(
                        database,
                        1,
                        new Options()
                                .accounts(
                                        account("near", List.of(), CidrList.parse("127.0.0.0/8"), null, null),
                                        account("far", List.of(), CidrList.parse("10.0.0.0/8,::1"), null, null),
                                        account("shop", List.of(), null, NameList.parse("shop_*"), null),
                                        ROOT))) {
            assertThat(error(proxy, "near", "one", null)).isZero();
            assertThat(error(proxy, "far", "one", null)).isEqualTo(1045);
            assertThat(error(proxy, "shop", "one", "shop_1")).isZero();
            assertThat(error(proxy, "shop", "one", "other")).isEqualTo(1044);
        }
    }

    @Test
    void aSchemaIsSelectedByAllowedNameOnly() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(
                        database,
                        1,
                        new Options()
                                .accounts(
                                        account("shop", List.of(), null, NameList.parse("shop_*,a`b"), null), ROOT))) {
            try (RawClient client = RawClient.login(proxy.port(), "shop", "one", "shop_1")) {
                for (String allowed : List.of(
                        "USE shop_2", "use `shop_2`;", "\nUSE`shop_2`", "USE `a``b`", "SELECT 1 FROM other.t")) {
                    assertThat(client.query(allowed).error()).as(allowed).isZero();
                }
                for (String denied : List.of("USE other", " use `other` ;", "USE\tshop", "USE `shop_1``x`.y")) {
                    assertThat(client.query(denied).error()).as(denied).isIn(1044, 1235);
                }
                RawClient.Answer answer = client.query("USE other");
                assertThat(answer.error()).isEqualTo(1044);
                assertThat(answer.message()).contains("Access denied for user 'shop'@'127.0.0.1' to database 'other'");
                for (String unread : List.of(
                        "USE shop_1; USE other",
                        "SELECT 1; USE other",
                        "/* x */ USE other",
                        "USE /**/ other",
                        "PREPARE s FROM 'USE other'")) {
                    assertThat(client.query(unread).error()).as(unread).isEqualTo(1235);
                }
                assertThat(command(client, 2, "shop_3").error()).isZero();
                assertThat(command(client, 2, "other").error()).isEqualTo(1044);
                assertThat(command(client, 0x16, "USE other").error()).isEqualTo(1044);
                assertThat(client.query("SELECT 5").value()).isEqualTo("5");
            }
            try (RawClient free = RawClient.login(proxy.port(), "root", "secret", null)) {
                assertThat(free.query("USE other").error()).isZero();
                assertThat(command(free, 2, "other").error()).isZero();
            }
            proxy.awaitWhole();
        }
    }

    private static RawClient.Answer command(RawClient client, int code, String body) throws Exception {
        client.raw(RawClient.command(code, body));
        return client.answer();
    }

    @Test
    void theSourceIsTheBalancersWord() throws Exception {
        DoorConfig door = new DoorConfig(500, 10, Duration.ofSeconds(1), CidrList.parse("127.0.0.1"));
        byte[] v2 = HexFormat.of()
                .parseHex("0d0a0d0a000d0a515549540a" + "2111000c" + "0a010203" + "0a000001" + "1388" + "0ceb");
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(
                        database,
                        1,
                        new Options()
                                .login(Duration.ofMillis(600), 3)
                                .door(door)
                                .accounts(
                                        account("far", List.of(), CidrList.parse("10.1.0.0/16"), null, null),
                                        account("near", List.of(), CidrList.parse("127.0.0.0/8"), null, null)))) {
            for (byte[] header :
                    List.of("PROXY TCP4 10.1.2.3 10.0.0.1 5000 3307\r\n".getBytes(StandardCharsets.US_ASCII), v2)) {
                try (RawClient client = new RawClient(proxy.port())) {
                    client.raw(header);
                    assertThat(client.authenticate("far", "one", null).error()).isZero();
                }
                try (RawClient client = new RawClient(proxy.port())) {
                    client.raw(header);
                    RawClient.Answer answer = client.authenticate("near", "one", null);
                    assertThat(answer.error()).isEqualTo(1045);
                    assertThat(answer.message()).contains("'10.1.2.3'");
                }
            }
            // Without a header nobody gets a greeting, and nobody is left in the count.
            for (int i = 0; i < 4; i++) {
                try (RawClient client = new RawClient(proxy.port())) {
                    client.raw("GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII));
                    assertThat(client.ended()).isTrue();
                }
            }
            try (RawClient silent = new RawClient(proxy.port())) {
                assertThat(silent.ended()).isTrue();
            }
            try (RawClient client = new RawClient(proxy.port())) {
                client.raw("PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(client.authenticate("near", "one", null).error()).isZero();
            }
        }
    }

    @Test
    void oneAddressCannotTakeEveryPlaceAtTheDoor() throws Exception {
        DoorConfig door = new DoorConfig(2, 10, Duration.ofSeconds(1), CidrList.parse("127.0.0.1"));
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy =
                        new LiveProxy(database, 1, new Options().door(door).accounts(ROOT))) {
            byte[] first = "PROXY TCP4 10.1.2.3 10.0.0.1 5000 3307\r\n".getBytes(StandardCharsets.US_ASCII);
            List<RawClient> greedy = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                RawClient client = new RawClient(proxy.port());
                greedy.add(client);
                client.raw(first);
                client.greeting();
            }
            try (RawClient third = new RawClient(proxy.port());
                    RawClient other = new RawClient(proxy.port())) {
                third.raw(first);
                RawClient.Answer refused = third.answer();
                assertThat(refused.error()).isEqualTo(1040);
                assertThat(refused.message()).contains("max-unauthenticated-per-source");
                other.raw("PROXY TCP4 10.1.2.4 10.0.0.1 5000 3307\r\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(other.authenticate("root", "secret", null).error()).isZero();
            }
            for (RawClient client : greedy) {
                client.close();
            }
            Eventually.await("both are counted out", () -> {
                try (RawClient again = new RawClient(proxy.port())) {
                    again.raw(first);
                    return again.authenticate("root", "secret", null).error() == 0;
                } catch (Exception e) {
                    return false;
                }
            });
        }
    }

    /** The clock is the test's: no login waits for it. */
    @Test
    void failuresOfOneAddressAreAnsweredLaterAndLater() throws Exception {
        LoginBackOff backOff = new LoginBackOff(new DoorConfig(1, 2, Duration.ofSeconds(1), null));
        java.net.InetAddress bad = java.net.InetAddress.getByName("10.0.0.1");
        long second = 1_000_000_000L;
        assertThat(backOff.failed(bad, 0)).isZero();
        assertThat(backOff.failed(bad, 0)).isZero();
        assertThat(backOff.failed(bad, 0)).isEqualTo(second);
        assertThat(backOff.failed(bad, 0)).isEqualTo(2 * second);
        for (int i = 0; i < 20; i++) {
            backOff.failed(bad, 0);
        }
        assertThat(backOff.failed(bad, 0)).isEqualTo(64 * second);
        assertThat(backOff.failed(java.net.InetAddress.getByName("10.0.0.2"), 0))
                .isZero();
        assertThat(backOff.failed(bad, 200 * second)).as("forgotten").isZero();
        // A machine has all addresses of its network of 64 bits, and no link-local one but its own.
        long wait = 0;
        for (int i = 0; i < 3; i++) {
            wait = backOff.failed(java.net.InetAddress.getByName("2001:db8:1:2::" + i), 200 * second);
        }
        assertThat(wait).isEqualTo(second);
        assertThat(backOff.failed(java.net.InetAddress.getByName("2001:db8:1:3::1"), 200 * second))
                .isZero();
        for (int i = 0; i < 20; i++) {
            assertThat(backOff.failed(java.net.InetAddress.getByName("fe80::" + i), 200 * second))
                    .isZero();
        }
        assertThat(new LoginBackOff(new DoorConfig(1, DoorConfig.NO_BACK_OFF, Duration.ofSeconds(1), null))
                        .failed(bad, 0))
                .isZero();
    }

    /** An unknown name seems to be one of the kinds of account that there are, and the same one each time. */
    @Test
    void theExchangeDoesNotTellWhetherAnAccountExists() throws Exception {
        StoredSecret sha = StoredSecret.parse("$A$005$12345678901234567890" + "x".repeat(43));
        StoredSecret old = StoredSecret.parse("*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19");
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(
                        database,
                        1,
                        new Options()
                                .door(new DoorConfig(500, DoorConfig.NO_BACK_OFF, Duration.ofSeconds(1), null))
                                .accounts(
                                        AccountConfig.of("sha", sha, "root", null),
                                        AccountConfig.of("old", old, "root", null),
                                        ROOT))) {
            List<String> known = new ArrayList<>();
            for (String name : List.of("sha", "old", "root")) {
                known.add(exchange(proxy, name));
            }
            assertThat(known).doesNotHaveDuplicates();
            List<String> unknown = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String first = exchange(proxy, "nobody" + i);
                assertThat(exchange(proxy, "nobody" + i)).isEqualTo(first);
                unknown.add(first);
            }
            assertThat(unknown).containsAll(known);
            assertThat(known).containsAll(unknown);
        }
    }

    /** An account whose second password is known as a hash takes the exchange of one; so must a name that nobody has. */
    @Test
    void theExchangeDoesNotTellOfOtherPasswordsEither() throws Exception {
        StoredSecret sha = StoredSecret.parse("$A$005$12345678901234567890" + "x".repeat(43));
        AccountConfig both = account("both", List.of(new PasswordConfig(null, sha)), null, null, null);
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().accounts(both))) {
            assertThat(exchange(proxy, "nobody"))
                    .isEqualTo(exchange(proxy, "both"))
                    .isEqualTo("1 1045");
        }
    }

    @Test
    void aNameThatNobodyHasSeemsTheSameAfterAReload() {
        StoredSecret sha = StoredSecret.parse("$A$005$12345678901234567890" + "x".repeat(43));
        ProxyConfig config = TestConfigs.withAccounts(List.of(AccountConfig.of("sha", sha, "root", null), ROOT));
        try (Identity identity = new Identity(config, (user, password) -> {})) {
            List<Boolean> before = kinds(identity);
            assertThat(before).contains(true, false);
            identity.reload(config);
            assertThat(kinds(identity)).isEqualTo(before);
        }
    }

    private static List<Boolean> kinds(Identity identity) {
        List<Boolean> kinds = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            kinds.add(identity.accounts().orNobody("nobody" + i).mayNeedClear());
        }
        return kinds;
    }

    /** The kinds of packets with which a wrong fast answer is met. */
    private static String exchange(LiveProxy proxy, String user) throws Exception {
        try (RawClient client = new RawClient(proxy.port())) {
            byte[] nonce = client.greeting().nonce();
            byte[] scramble = CachingSha2Password.scramble("wrong".getBytes(StandardCharsets.UTF_8), nonce);
            client.send(1, RawClient.response(RawClient.CAPABILITIES, user, scramble, null, "caching_sha2_password"));
            StringBuilder kinds = new StringBuilder();
            byte[] packet = client.read();
            int sequence = 3;
            while ((packet[0] & 0xff) != 0xff) {
                kinds.append(packet[0] & 0xff).append(packet.length > 30 ? "switch " : " ");
                byte[] answer = packet[0] == 1
                        ? new byte[] {9}
                        : NativePassword.scramble("wrong".getBytes(StandardCharsets.UTF_8), nonce);
                byte[] header = {(byte) answer.length, 0, 0, (byte) sequence};
                sequence += 2;
                client.raw(header);
                client.raw(answer);
                packet = client.read();
            }
            return kinds.append("1045").toString();
        }
    }

    @Test
    void aCertificateIsPartOfTheIdentityAndFilesAreReadAgain(@TempDir Path directory) throws Exception {
        TestCertificates files = new TestCertificates(directory);
        FrontendTlsConfig tls = new FrontendTlsConfig(
                FrontendTlsConfig.Mode.PREFER,
                files.certificate("server"),
                files.key("server"),
                FrontendTlsConfig.Version.TLS1_3,
                files.certificate("ca"),
                FrontendTlsConfig.ClientCertificate.OPTIONAL);
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(
                        database,
                        1,
                        new Options()
                                .tls(tls)
                                .accounts(account("billing", List.of(), null, null, "CN=billing,*"), ROOT))) {
            String base = "jdbc:mysql://127.0.0.1:" + proxy.port() + "/?connectTimeout=10000&socketTimeout=10000";
            String required = base + "&sslMode=REQUIRED";
            DriverManager.getConnection(required + files.keyStore("billing"), "billing", "one")
                    .close();
            assertDenied(required + files.keyStore("other"), "billing");
            assertDenied(required, "billing");
            assertDenied(base + "&sslMode=DISABLED&allowPublicKeyRetrieval=true", "billing");
            assertThatThrownBy(
                            () -> DriverManager.getConnection(required + files.keyStore("stranger"), "billing", "one"))
                    .isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> DriverManager.getConnection(required + "&tlsVersions=TLSv1.2", "root", "secret"))
                    .isInstanceOf(SQLException.class);

            String verified = base + "&sslMode=VERIFY_CA&trustCertificateKeyStoreUrl=file:" + files.trustStore("ca2")
                    + "&trustCertificateKeyStorePassword=changeit";
            assertThatThrownBy(() -> DriverManager.getConnection(verified, "root", "secret"))
                    .isInstanceOf(SQLException.class);
            try (Connection before = DriverManager.getConnection(required, "root", "secret")) {
                Files.copy(
                        files.key("server2"), files.key("server"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
                Files.copy(
                        files.certificate("server2"),
                        files.certificate("server"),
                        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
                Eventually.await("the other certificate is shown", () -> {
                    try (Connection ignored = DriverManager.getConnection(verified, "root", "secret")) {
                        return true;
                    } catch (SQLException e) {
                        return false;
                    }
                });
                assertThat(before.isValid(5)).isTrue();
            }
        }
    }

    private static void assertDenied(String url, String user) {
        assertThatThrownBy(() -> DriverManager.getConnection(url, user, "one"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("Access denied for user '" + user + "'");
    }
}
