package io.connbudget.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.budget.CidrBlock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every key with its default and flag: who renames one breaks somebody's start. */
class ConfigDefaultsTest {
    @TempDir
    Path directory;

    @Test
    void keysDefaultsAndFlagsArePinned() {
        List<String> keys = SettingKeys.all().stream()
                .map(key -> key.path() + " " + key.setting().byDefault() + " " + key.flag())
                .map(String::trim)
                .toList();

        assertThat(keys)
                .containsExactly(
                        "listen 127.0.0.1:3307 --listen",
                        "http 127.0.0.1:9104 --http",
                        "console off --console",
                        "event-loops auto --event-loops",
                        "transport auto",
                        "handoff transaction --handoff",
                        "backend.address <required> --backend",
                        "backend.failover <none>",
                        "backend.read-only accept",
                        "backend.user <required> --user",
                        "backend.password <required>",
                        "backend.password-file <required> --password-file",
                        "backend.password-env <required> --password-env",
                        "backend.password-command.run <none>",
                        "backend.password-command.life 10m",
                        "backend.password-command.timeout 10s",
                        "backend.tls.mode preferred --backend-tls",
                        "backend.tls.ca-file <none>",
                        "backend.connect-timeout 5s",
                        "backend.linger 500ms",
                        "backend.max-lease 30s",
                        "backend.max-lifetime 30m",
                        "backend.keepalive 2m",
                        "backend.close-timeout 5s",
                        "backend.min-idle all",
                        "budget.max-connections <required> --budget",
                        "budget.reserve <none>",
                        "budget.share 1/1",
                        "budget.discovery-interval 10s",
                        "budget.recovery-interval 5s",
                        "budget.fair-between host",
                        "budget.queue-length 20000",
                        "budget.queue-timeout 10s",
                        "budget.classes.<name>.guaranteed 0",
                        "budget.classes.<name>.max unlimited",
                        "budget.classes.<name>.weight 1",
                        "budget.classes.<name>.priority 0",
                        "budget.classes.<name>.max-clients unlimited",
                        "budget.classes.<name>.queue-length <none>",
                        "budget.classes.<name>.queue-timeout <none>",
                        "budget.classes.<name>.max-pinned unlimited",
                        "budget.classes.<name>.idle-in-transaction-timeout off",
                        "budget.classes.<name>.max-transaction-time off",
                        "budget.rules[].class <required>",
                        "budget.rules[].user <none>",
                        "budget.rules[].source <none>",
                        "budget.rules[].schema <none>",
                        "budget.rules[].attributes.<attribute> <required>",
                        "budget.rules[].tls-identity <none>",
                        "accounts[].name <required>",
                        "accounts[].password <none>",
                        "accounts[].password-file <none>",
                        "accounts[].password-env <none>",
                        "accounts[].authentication-string <none>",
                        "accounts[].other-passwords[].password <none>",
                        "accounts[].other-passwords[].password-file <none>",
                        "accounts[].other-passwords[].password-env <none>",
                        "accounts[].other-passwords[].authentication-string <none>",
                        "accounts[].sources <none>",
                        "accounts[].schemas <none>",
                        "accounts[].tls-identity <none>",
                        "accounts[].backend-user <none>",
                        "accounts[].backend-password <none>",
                        "accounts[].backend-password-file <none>",
                        "accounts[].backend-password-env <none>",
                        "accounts[].client-class <none>",
                        "admin.users[].name <required>",
                        "admin.users[].password <required>",
                        "admin.users[].password-file <required>",
                        "admin.users[].password-env <required>",
                        "admin.users[].role read-only",
                        "admin.metrics open",
                        "frontend.handshake-timeout 10s",
                        "frontend.max-unauthenticated 1000",
                        "frontend.max-clients 50000",
                        "frontend.max-packet-bytes 1GiB",
                        "frontend.tls.mode off",
                        "frontend.tls.certificate <none>",
                        "frontend.tls.key <none>",
                        "frontend.tls.min-version tls1-2",
                        "frontend.tls.client-ca <none>",
                        "frontend.tls.client-certificate optional",
                        "frontend.door.max-unauthenticated-per-source 500",
                        "frontend.door.failed-logins 10",
                        "frontend.door.back-off 1s",
                        "frontend.door.proxy-protocol-from <none>",
                        "frontend.pass-through.mode off",
                        "frontend.pass-through.life 5m",
                        "frontend.pass-through.max-accounts 10000",
                        "session.max-prepared-statements 16382",
                        "session.backend-prepared-statements 12000",
                        "drain-timeout 30s --drain-timeout",
                        "log.format text",
                        "log.slow-wait 2s",
                        "log.long-transaction 60s");
    }

    @Test
    void minimalFileGivesTheDefaults() {
        assertThat(ConfigFixture.load(directory, ConfigFixture.MINIMAL))
                .isEqualTo(new ProxyConfig(
                        new HostPort("127.0.0.1", 3307),
                        new HostPort("127.0.0.1", 9104),
                        null,
                        0,
                        Transport.AUTO,
                        Handoff.TRANSACTION,
                        new BackendConfig(
                                new HostPort("127.0.0.1", 3306),
                                null,
                                ReadOnlyDatabase.ACCEPT,
                                "app",
                                Secret.of("hunter2"),
                                new PasswordCommandConfig(null, Duration.ofMinutes(10), Duration.ofSeconds(10)),
                                new BackendTlsConfig(BackendTlsConfig.Mode.PREFERRED, null),
                                Duration.ofSeconds(5),
                                Duration.ofMillis(500),
                                Duration.ofSeconds(30),
                                Duration.ofMinutes(30),
                                Duration.ofMinutes(2),
                                Duration.ofSeconds(5),
                                BackendConfig.ALL),
                        budget(16, 20_000, Duration.ofSeconds(10)),
                        List.of(),
                        new AdminConfig(List.of(), MetricsAccess.OPEN),
                        new FrontendConfig(
                                Duration.ofSeconds(10),
                                1000,
                                50_000,
                                new ByteSize(1L << 30),
                                FrontendTlsConfig.of(FrontendTlsConfig.Mode.OFF, null, null),
                                new DoorConfig(500, 10, Duration.ofSeconds(1), null),
                                new PassThroughConfig(PassThroughConfig.Mode.OFF, Duration.ofMinutes(5), 10_000)),
                        new SessionConfig(16_382, 12_000),
                        Duration.ofSeconds(30),
                        new LogConfig(LogFormat.TEXT, Duration.ofSeconds(2), Duration.ofSeconds(60))));
    }

    @Test
    void withoutAccountsTheBackendsAccountIsTheOnlyOne() {
        assertThat(ConfigFixture.load(directory, ConfigFixture.MINIMAL).clientAccounts())
                .containsExactly(AccountConfig.of("app", Secret.of("hunter2")));
    }

    @Test
    void autoEventLoopsAreAtLeastOne() {
        ProxyConfig config = ConfigFixture.load(directory, ConfigFixture.MINIMAL);

        assertThat(config.effectiveEventLoops())
                .isEqualTo(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    }

    @Test
    void readsAFileThatSetsEverySection() throws Exception {
        Files.writeString(directory.resolve("secret.txt"), "from file\n");
        ProxyConfig config = ConfigFixture.load(directory, """
                listen: "[::1]:0"
                http: off
                event-loops: 3
                transport: nio
                handoff: eager
                backend:
                  address: db.internal:3306
                  user: app
                  password-file: %s/secret.txt
                  tls: {mode: verify-identity, ca-file: /etc/ca.pem}
                  min-idle: 0
                budget: {max-connections: 16, queue-length: 0, queue-timeout: 1h}
                accounts:
                  - name: app
                    password: "0123"
                  - name: reports
                    authentication-string: "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"
                    backend-user: app
                    sources: [10.0.0.0/8, "::1"]
                    schemas: reports_*, shop
                    other-passwords: [{password: older}]
                frontend:
                  max-packet-bytes: 64MiB
                  tls: {mode: require, certificate: c.pem, key: k.pem}
                session: {max-prepared-statements: 1, backend-prepared-statements: 2}
                drain-timeout: 2m
                """.formatted(directory));

        assertThat(config.listen()).isEqualTo(new HostPort("::1", 0)).hasToString("[::1]:0");
        assertThat(config.http()).isNull();
        assertThat(config.effectiveEventLoops()).isEqualTo(3);
        assertThat(config.transport()).isEqualTo(Transport.NIO);
        assertThat(config.handoff()).isEqualTo(Handoff.EAGER);
        assertThat(config.backend().password().reveal()).isEqualTo("from file");
        assertThat(config.backend().tls())
                .isEqualTo(new BackendTlsConfig(BackendTlsConfig.Mode.VERIFY_IDENTITY, Path.of("/etc/ca.pem")));
        assertThat(config.backend().minIdle()).isZero();
        assertThat(config.budget()).isEqualTo(budget(16, 0, Duration.ofHours(1)));
        assertThat(config.clientAccounts()).extracting(AccountConfig::name).containsExactly("app", "reports");
        assertThat(config.clientAccounts().get(0).password()).isEqualTo(Secret.of("0123"));
        assertThat(config.clientAccounts().get(1).authenticationString().isNative())
                .isTrue();
        assertThat(config.clientAccounts().get(1).sources()).isEqualTo(CidrList.parse("10.0.0.0/8,::1"));
        assertThat(config.clientAccounts().get(1).schemas()).isEqualTo(NameList.parse("reports_*,shop"));
        assertThat(config.clientAccounts().get(1).otherPasswords())
                .containsExactly(new PasswordConfig(Secret.of("older"), null));
        assertThat(config.frontend().maxPacketBytes().bytes()).isEqualTo(64L << 20);
        assertThat(config.frontend().tls())
                .isEqualTo(FrontendTlsConfig.of(FrontendTlsConfig.Mode.REQUIRE, Path.of("c.pem"), Path.of("k.pem")));
        assertThat(config.session().maxPreparedStatements()).isEqualTo(1);
        assertThat(config.session().backendPreparedStatements()).isEqualTo(2);
        assertThat(config.drainTimeout()).isEqualTo(Duration.ofMinutes(2));
    }

    private static BudgetConfig budget(int maxConnections, int queueLength, Duration queueTimeout) {
        return new BudgetConfig(
                maxConnections,
                null,
                new Share(1, 1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                FairBetween.HOST,
                queueLength,
                queueTimeout,
                Map.of(),
                List.of());
    }

    @Test
    void readsClassesInTheirOrderAndRules() {
        BudgetConfig budget = ConfigFixture.load(directory, ConfigFixture.MINIMAL.replace("16", """
                        auto
                          reserve: 10%
                          share: 1/20
                          fair-between: process
                          classes:
                            web: {guaranteed: 4, max: 12, weight: 3, priority: -1, max-clients: 500, queue-length: 0}
                            batch:
                              queue-timeout: 5m
                              max-pinned: 2
                              idle-in-transaction-timeout: 5s
                              max-transaction-time: 1m
                            admin: {}
                          rules:
                            - {class: batch, user: "celery*", source: 10.2.0.0/16, schema: shop}
                            - {class: admin, attributes: {program_name: mysql, _os: "Linux*"}, tls-identity: "CN=dba,*"}
                        """))
                .budget();

        assertThat(budget.discovers()).isTrue();
        assertThat(budget.totalOf(1600, 0, 0)).isEqualTo(72);
        assertThat(budget.fairBetween()).isEqualTo(FairBetween.PROCESS);
        assertThat(budget.classes().keySet()).containsExactly("web", "batch", "admin");
        assertThat(budget.classes().get("web"))
                .isEqualTo(new ClassConfig(4, 12, 3, -1, 500, 0, null, ClassConfig.UNLIMITED, null, null));
        assertThat(budget.classes().get("batch"))
                .isEqualTo(new ClassConfig(
                        0,
                        ClassConfig.UNLIMITED,
                        1,
                        0,
                        ClassConfig.UNLIMITED,
                        null,
                        Duration.ofMinutes(5),
                        2,
                        Duration.ofSeconds(5),
                        Duration.ofMinutes(1)));
        assertThat(budget.rules())
                .containsExactly(
                        new RuleConfig("batch", "celery*", CidrBlock.parse("10.2.0.0/16"), "shop", Map.of(), null),
                        new RuleConfig(
                                "admin",
                                null,
                                null,
                                null,
                                Map.of("program_name", "mysql", "_os", "Linux*"),
                                "CN=dba,*"));
    }

    @Test
    void reserveAndShareOfAGivenNumberAndOfADiscoveredOne() {
        assertThat(load("1600\n  share: 1/20").total()).isEqualTo(80);
        assertThat(load("1600\n  reserve: 100\n  share: 1/20").total()).isEqualTo(75);
        assertThat(load("1600").total()).isEqualTo(1600);
        assertThat(load("auto").totalOf(1600, 0, 0)).as("5 % are kept").isEqualTo(1520);
        assertThat(load("auto").totalOf(20, 0, 0)).as("at least 3 are kept").isEqualTo(17);
        assertThat(load("auto\n  reserve: 0").totalOf(20, 0, 0)).isEqualTo(20);
        assertThat(load("auto").totalOf(1600, 120, 0)).as("what others have").isEqualTo(1400);
        assertThat(load("auto").totalOf(1600, 120, 300))
                .as("the account's limit")
                .isEqualTo(300);
        assertThat(load("auto\n  share: 1/3").totalOf(1600, 120, 300)).isEqualTo(100);
    }

    private BudgetConfig load(String maxConnections) {
        return ConfigFixture.load(directory, ConfigFixture.MINIMAL.replace("16", maxConnections))
                .budget();
    }
}
