package io.connbudget.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
                        "event-loops auto --event-loops",
                        "transport auto",
                        "handoff transaction --handoff",
                        "backend.address <required> --backend",
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
                        "budget.queue-length 20000",
                        "budget.queue-timeout 10s",
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
                        "drain-timeout 30s --drain-timeout");
    }

    @Test
    void minimalFileGivesTheDefaults() {
        assertThat(ConfigFixture.load(directory, ConfigFixture.MINIMAL))
                .isEqualTo(new ProxyConfig(
                        new HostPort("127.0.0.1", 3307),
                        new HostPort("127.0.0.1", 9104),
                        0,
                        Transport.AUTO,
                        Handoff.TRANSACTION,
                        new BackendConfig(
                                new HostPort("127.0.0.1", 3306),
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
                        new BudgetConfig(16, 20_000, Duration.ofSeconds(10)),
                        List.of(),
                        new AdminConfig(List.of()),
                        new FrontendConfig(
                                Duration.ofSeconds(10),
                                1000,
                                50_000,
                                new ByteSize(1L << 30),
                                FrontendTlsConfig.of(FrontendTlsConfig.Mode.OFF, null, null),
                                new DoorConfig(500, 10, Duration.ofSeconds(1), null),
                                new PassThroughConfig(PassThroughConfig.Mode.OFF, Duration.ofMinutes(5), 10_000)),
                        new SessionConfig(16_382),
                        Duration.ofSeconds(30)));
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
                session: {max-prepared-statements: 1}
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
        assertThat(config.budget()).isEqualTo(new BudgetConfig(16, 0, Duration.ofHours(1)));
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
        assertThat(config.drainTimeout()).isEqualTo(Duration.ofMinutes(2));
    }
}
