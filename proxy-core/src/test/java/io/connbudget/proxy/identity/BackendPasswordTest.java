package io.connbudget.proxy.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.config.AccountConfig;
import io.connbudget.proxy.config.CommandLine;
import io.connbudget.proxy.config.Secret;
import io.connbudget.proxy.testing.Eventually;
import io.connbudget.proxy.testing.LiveProxy;
import io.connbudget.proxy.testing.LiveProxy.Options;
import io.connbudget.proxy.testing.RawClient;
import io.connbudget.proxy.testing.TestConfigs;
import io.connbudget.proxy.testing.TestServers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Passwords at the database that change, or that only the client knows. */
class BackendPasswordTest {
    @TempDir
    Path directory;

    static List<TestServers> servers() {
        return TestServers.all();
    }

    private static String text(byte[] password) {
        return new String(password, StandardCharsets.UTF_8);
    }

    @Test
    void aFileIsReadAgainWhenTheDatabaseRefusedItsPassword() throws Exception {
        Path file = Files.writeString(directory.resolve("p"), "old\n");
        GivenPassword password = new GivenPassword(List.of(Secret.ofFile(file)));
        assertThat(password.refused()).isFalse();
        assertThat(password.refresh()).isFalse();
        Files.writeString(file, "new\n");
        assertThat(text(password.current())).isEqualTo("old");
        assertThat(password.refresh()).isTrue();
        assertThat(text(password.current())).isEqualTo("new");
    }

    @Test
    void aProgramIsAskedOnceInTheLifeOfItsPassword() throws Exception {
        AtomicLong now = new AtomicLong();
        Path count = directory.resolve("count");
        PrintedPassword password = new PrintedPassword(
                CommandLine.parse("sh -c 'echo x >> \"$0\"; wc -l < \"$0\"' " + count),
                Duration.ofSeconds(10),
                Duration.ofSeconds(20),
                now::get);
        assertThat(text(password.fresh()).strip()).isEqualTo("1");
        now.addAndGet(TimeUnit.SECONDS.toNanos(9));
        assertThat(text(password.fresh()).strip()).isEqualTo("1");
        now.addAndGet(TimeUnit.SECONDS.toNanos(2));
        assertThat(text(password.fresh()).strip()).isEqualTo("2");
        now.addAndGet(TimeUnit.SECONDS.toNanos(2));
        assertThat(password.refresh()).as("the database refused it").isTrue();
        assertThat(text(password.current()).strip()).isEqualTo("3");
    }

    @Test
    void aProgramThatFailsOrHangsLeavesThePasswordBefore() throws Exception {
        AtomicLong now = new AtomicLong();
        Path token = Files.writeString(directory.resolve("token"), "good\n");
        PrintedPassword failing = new PrintedPassword(
                CommandLine.parse("cat " + token), Duration.ofSeconds(1), Duration.ofSeconds(20), now::get);
        assertThat(text(failing.fresh())).isEqualTo("good");
        Files.delete(token);
        now.addAndGet(TimeUnit.SECONDS.toNanos(2));
        assertThat(text(failing.fresh())).isEqualTo("good");
        PrintedPassword hanging = new PrintedPassword(
                CommandLine.parse("sh -c 'sleep 600; echo late'"),
                Duration.ofSeconds(1),
                Duration.ofMillis(100),
                now::get);
        assertThat(hanging.fresh()).isEmpty();
        PrintedPassword missing = new PrintedPassword(
                CommandLine.parse("/nowhere/program"), Duration.ofSeconds(1), Duration.ofSeconds(1), now::get);
        assertThat(missing.fresh()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void aPasswordThatTheDatabaseHasChangedIsFoundAndARefusalCostsNoOther(TestServers server) throws Exception {
        String prefix = "wt_identity_rot";
        try (TestAccounts accounts = new TestAccounts(server, prefix, 2);
                Connection admin = accounts.admin();
                Statement sql = admin.createStatement()) {
            AccountConfig first = AccountConfig.of(
                    accounts.name(0), Secret.ofFile(Files.writeString(directory.resolve("a"), accounts.password(0))));
            AccountConfig second = AccountConfig.of(accounts.name(1), Secret.of(accounts.password(1)));
            try (LiveProxy proxy = new LiveProxy(
                            accounts.asPool(),
                            2,
                            new Options().linger(Duration.ofMillis(20)).accounts(first, second));
                    RawClient a = RawClient.login(proxy.port(), accounts.name(0), accounts.password(0), null);
                    RawClient b = RawClient.login(proxy.port(), accounts.name(1), accounts.password(1), null)) {
                assertThat(a.query("SELECT 1").value()).isEqualTo("1");
                assertThat(b.query("SELECT 1").value()).isEqualTo("1");
                sql.execute("ALTER USER " + accounts.name(0) + " IDENTIFIED BY 'changed'");
                // Backends that are logged in stay so, as on a server: make both the other account's.
                assertThat(b.query("BEGIN").error()).isZero();
                try (RawClient b2 = RawClient.login(proxy.port(), accounts.name(1), accounts.password(1), null)) {
                    assertThat(b2.query("BEGIN").error()).isZero();
                    assertThat(b2.query("COMMIT").error()).isZero();
                }
                assertThat(b.query("COMMIT").error()).isZero();
                RawClient.Answer refused = a.query("SELECT 2");
                assertThat(refused.error()).isEqualTo(1045);
                assertThat(refused.message()).doesNotContain(accounts.password(0));
                // The same answer without another attempt at the database; nobody else notices.
                assertThat(a.query("SELECT 2").error()).isEqualTo(1045);
                assertThat(b.query("SELECT 3").value()).isEqualTo("3");
                Files.writeString(directory.resolve("a"), "changed");
                Eventually.await("the file was read again", () -> {
                    try {
                        return a.query("SELECT 4").error() == 0;
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                });
                assertThat(a.query("SELECT CURRENT_USER()").value()).startsWith(accounts.name(0) + "@");
                assertThat(b.query("SELECT CURRENT_USER()").value()).startsWith(accounts.name(1) + "@");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void withSeveralPasswordsTheOneThatTheDatabaseTakesIsFoundWithoutAnError(TestServers server) throws Exception {
        String prefix = "wt_identity_two";
        try (TestAccounts accounts = new TestAccounts(server, prefix, 1)) {
            AccountConfig both = new AccountConfig(
                    accounts.name(0),
                    Secret.of("the next one"),
                    null,
                    List.of(new io.connbudget.proxy.config.PasswordConfig(Secret.of(accounts.password(0)), null)),
                    null,
                    null,
                    null,
                    null,
                    null,
                    null);
            try (LiveProxy proxy = new LiveProxy(accounts.asPool(), 1, new Options().accounts(both));
                    RawClient client = RawClient.login(proxy.port(), accounts.name(0), "the next one", null)) {
                assertThat(client.query("SELECT CURRENT_USER()").value()).startsWith(accounts.name(0) + "@");
            }
        }
    }

    @Test
    void thePoolsAccountIsAnAccountOfNobodyUnlessConfigured() {
        BackendLogins logins = new BackendLogins("app", new GivenPassword(List.of(Secret.of("p"))), Runnable::run);
        logins.update(TestConfigs.withAccounts(
                        List.of(AccountConfig.of("x", Secret.of("y")).withBackend("app", null)))
                .accounts());
        assertThat(text(logins.of("app").password())).isEqualTo("p");
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> logins.of("x"))
                .isInstanceOf(IllegalStateException.class);
    }
}
