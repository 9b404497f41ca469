package io.connbudget.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigMessagesTest {
    @TempDir
    Path directory;

    @Test
    void missingKeysSayWhereTheyCanBeGiven() {
        assertThat(ConfigFixture.problems(directory, ""))
                .containsExactly(
                        "backend.address is missing; expected host:port, for example 127.0.0.1:3306, in the file, as CONNBUDGET_BACKEND_ADDRESS or as"
                                + " --backend",
                        "backend.user is missing; expected text, in the file, as CONNBUDGET_BACKEND_USER or as --user",
                        "backend.password is missing; expected one of backend.password, backend.password-file or backend.password-env, in the file, as"
                                + " CONNBUDGET_BACKEND_PASSWORD_FILE or as --password-file; an empty password is `backend.password: \"\"`",
                        "budget.max-connections is missing; expected `auto` or a whole number of at least 1, in the file, as CONNBUDGET_BUDGET_MAX_CONNECTIONS or as"
                                + " --budget");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\u0001',
            value = {
                "lisen: 127.0.0.1:3307|there is no key `lisen`; did you mean `listen`?",
                "max-connections: 3|there is no key `max-connections`; did you mean `budget.max-connections`?",
                "frobnicate: yes|there is no key `frobnicate`; docs/configuration.md lists the keys",
                "listen: localhost|listen is \"localhost\"; expected host:port, for example 127.0.0.1:3306",
                "listen: 127.0.0.1:70000|listen is \"127.0.0.1:70000\"; expected host:port, for example 127.0.0.1:3306",
                "http: 9104|http is \"9104\"; expected `off` or host:port, for example 127.0.0.1:3306",
                "event-loops: 0|event-loops is \"0\"; expected `auto` or a whole number of at least 1",
                "handoff: often|handoff is \"often\"; expected one of eager, transaction, session",
                "drain-timeout: 30|drain-timeout is \"30\"; expected a duration such as 500ms, 5s, 2m or 1h",
                "frontend: {max-packet-bytes: 1TB}|frontend.max-packet-bytes is \"1TB\"; expected a size such as 512KiB, 64MiB or 1GiB",
                "frontend: {max-packet-bytes: 2GiB}|frontend.max-packet-bytes is 2GiB; expected a size from 1KiB to 1GiB",
                "frontend: 5|frontend is a section; expected keys below it",
                "frontend: {tls: {mode: require, key: k}}|frontend.tls.certificate is missing; expected a PEM file, or frontend.tls.mode: off",
                "frontend: {tls: {mode: prefer, certificate: c, key: k, client-ca: a, client-certificate: required}}|frontend.tls.client-certificate is required, and clients without TLS, which show none, are not refused; expected `optional`, or frontend.tls.mode: require",
                "accounts: [{name: a, password-env: hunter2}]|accounts[0].password-env is not the name of an environment variable; expected the name of one",
                "backend: {password-command: {run: \"print 'hunter2\"}}|backend.password-command.run has a value that does not fit; expected a program with its arguments",
                "accounts: [{name: a}]|password is missing; expected exactly one of password, password-file, password-env, authentication-string",
                "accounts: [{name: a, authentication-string: \"*12\"}]|has a value that does not fit; expected $A$005$ and 63 characters, or * and 40 hex digits",
                "accounts: [{name: a, authentication-string: *B12}]|is a YAML alias; put a text that starts with * in quotes",
                "accounts: [{name: a, password: x}, {name: a, password: y}]|accounts[1].name is the name of another account too; expected each name once",
                "accounts: [{name: a, password: x, sources: [10.1.0.0/8]}]|accounts[0].sources is \"10.1.0.0/8\"; expected blocks of addresses such as",
                "accounts: [{name: a, authentication-string: \"*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19\"}]|backend-user is missing, and the password is known as a hash only",
                "accounts: [{name: a, password: x, backend-user: b}]|accounts[0].backend-password is missing, and no account of that name has a password here",
                "accounts: [{name: a, password: x, tls-identity: CN=a}]|accounts[0].tls-identity is given, and clients are not asked for certificates",
                "admin: {users: [{name: a, password: x}, {name: a, password: y}]}|users[1].name is the name of another administrator too",
                "admin: {metrics: users}|admin.metrics is users, and admin.users has no element; expected `open`, or an administrator in admin.users",
                "console: 0.0.0.0:6032|console is \"0.0.0.0:6032\", which other machines may reach, and admin.users has no element; expected an address of 127.0.0.0/8,",
                "console: '[::]:6032'|console is \"[::]:6032\", which other machines may reach, and admin.users has no element",
                "console: db-proxy:6032|console is \"db-proxy:6032\", which other machines may reach, and admin.users has no element",
                "listen: [|is not valid YAML: ",
                "- listen|is not valid YAML: ",
            })
    void namesPlaceKeyValueAndWhatWasExpected(String line, String message) {
        List<String> problems = ConfigFixture.problems(directory, ConfigFixture.MINIMAL + line + "\n");

        assertThat(problems).hasSize(1);
        assertThat(problems.get(0)).contains(message);
        if (!message.startsWith("frontend.tls.certificate")
                && !message.startsWith("password is missing")
                && !message.contains(" is missing, and ")) {
            assertThat(problems.get(0)).matches("(?s)connbudget\\.yaml:[78]: .*");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "console: 127.3.2.1:6032",
                "console: '[::1]:6032'",
                "console: localhost:6032",
                "{console: 0.0.0.0:6032, admin: {users: [{name: a, password: x}]}}",
            })
    void theConsoleIsForTheMachineItselfOrForAdministrators(String lines) {
        String yaml =
                lines.startsWith("{") ? lines.substring(1, lines.length() - 1).replace(", admin", "\nadmin") : lines;

        assertThat(ConfigFixture.load(directory, ConfigFixture.MINIMAL + yaml + "\n")
                        .console())
                .isNotNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\u0001',
            value = {
                "reserve: 5 percent|budget.reserve is \"5 percent\"; expected a whole number of at least 0, or 0% to 99%",
                "reserve: 16|budget.reserve leaves nothing of budget.max-connections; expected a budget of at least 1",
                "share: 21/20|budget.share is \"21/20\"; expected a part such as 1/20",
                "share: 1/20|budget.share leaves nothing of budget.max-connections; expected a budget of at least 1",
                "discovery-interval: 1ms|budget.discovery-interval is 1ms; expected a duration of at least 100ms",
                "classes: {web: {weigth: 3}}|there is no key `budget.classes.web.weigth`; did you mean `budget.classes.<name>.weight`?",
                "classes: {web: 3}|budget.classes.web is a section; expected keys below it",
                "classes: {web: {max: many}}|budget.classes.web.max is \"many\"; expected `unlimited` or a whole number of at least 0",
                "classes: {web: {max: 3, guaranteed: 4}}|budget.classes.web.guaranteed is above max, which is 3; expected at most max",
                "classes: {web: {weight: 10001}}|budget.classes.web.weight is 10001; expected a whole number of 1 to 10000",
                "classes: {web: {priority: 1001}}|budget.classes.web.priority is 1001; expected a whole number of -1000 to 1000",
                "classes: {web: {queue-timeout: 25h}}|budget.classes.web.queue-timeout is 25h; expected a duration of at most 24h",
                "classes: {a: {guaranteed: 9}, b: {guaranteed: 7}}|budget.classes.b.guaranteed is 7, which makes the sum of guarantees 16; expected a sum of at most 15, the budget less the connection that is kept for KILL",
                "rules: [{user: a}]|budget.rules[0].class is missing; expected text",
                "rules: [{class: web}]|budget.rules[0].class is \"web\", which is not in budget.classes; expected one of default",
                "rules: [{class: default, source: 10.0.0.1/8}]|budget.rules[0].source is \"10.0.0.1/8\"; expected a block of addresses such as 10.2.0.0/16 or 2001:db8::/32",
            })
    void budgetMessagesNamePlaceKeyValueAndWhatWasExpected(String line, String message) {
        List<String> problems = ConfigFixture.problems(directory, ConfigFixture.MINIMAL + "  " + line + "\n");

        assertThat(problems).hasSize(1);
        assertThat(problems.get(0)).contains(message);
        if (!message.contains("is missing")) {
            assertThat(problems.get(0)).startsWith("connbudget.yaml:7: ");
        }
    }

    @Test
    void limitsBetweenKeys() {
        assertThat(ConfigFixture.problems(
                        directory, ConfigFixture.MINIMAL.replace("hunter2", "hunter2\n  min-idle: 17")))
                .containsExactly(
                        "connbudget.yaml:5: backend.min-idle is more than budget.max-connections; expected `all`, or a number of at most 16");
        assertThat(ConfigFixture.problems(
                        directory, ConfigFixture.MINIMAL.replace("hunter2", "hunter2\n  keepalive: 5s")))
                .containsExactly("connbudget.yaml:5: backend.keepalive is 5s; expected a duration of at least 30s");
    }

    @Test
    void environmentAndFlagsAreNamedAsOrigins() {
        assertThat(ConfigFixture.problems(
                        directory,
                        ConfigFixture.MINIMAL,
                        Map.of("CONNBUDGET_HANDOFF", "never"),
                        Map.of("budget.max-connections", "many")))
                .containsExactly(
                        "environment variable CONNBUDGET_HANDOFF: handoff is \"never\"; expected one of eager, transaction, session",
                        "flag --budget: budget.max-connections is \"many\"; expected `auto` or a whole number of at least 1");
    }

    @Test
    void passwordsInTwoWaysOrFromNowhere() {
        assertThat(ConfigFixture.problems(
                        directory, ConfigFixture.MINIMAL.replace("hunter2", "hunter2\n  password-file: x")))
                .containsExactly(
                        "connbudget.yaml:5: backend.password-file is given next to backend.password; expected one of them");
        assertThat(ConfigFixture.problems(
                        directory, ConfigFixture.MINIMAL.replace("password: hunter2", "password-file: /nowhere/x")))
                .containsExactly(
                        "connbudget.yaml:4: backend.password-file is \"/nowhere/x\", and there is no such file; expected a file that holds the"
                                + " password alone");
        assertThat(ConfigFixture.problems(
                        directory, ConfigFixture.MINIMAL.replace("password: hunter2", "password-file: " + directory)))
                .first()
                .asString()
                .contains("which cannot be read (IOException)");
        assertThat(ConfigFixture.problems(
                        directory, ConfigFixture.MINIMAL.replace("password: hunter2", "password-env: NOT_THERE")))
                .containsExactly(
                        "connbudget.yaml:4: backend.password-env is \"NOT_THERE\", and there is no such environment variable; expected the name of"
                                + " one that holds the password");
    }

    @Test
    void duplicateKeyIsRefused() {
        assertThat(ConfigFixture.problems(
                        directory, ConfigFixture.MINIMAL + "listen: 127.0.0.1:1\nlisten: 127.0.0.1:2\n"))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("connbudget.yaml:8: ");
    }

    @Test
    void missingFileIsNamed() {
        ConfigException e = org.assertj.core.api.Assertions.catchThrowableOfType(
                ConfigException.class, () -> new ConfigLoader(Map.of()).load(directory.resolve("none.yaml"), Map.of()));

        assertThat(e.problems().get(0)).isEqualTo(directory.resolve("none.yaml") + ": there is no such file");
    }

    @Test
    void noMessageShowsASecret() {
        String yaml = ConfigFixture.MINIMAL.replace("hunter2", "hunter2\n  password-env: OTHER")
                + "accounts: [{name: a, authentication-string: hunter3}, {name: b, password: hunter4, authentication-string: hunter5}]\n";

        assertThat(ConfigFixture.problems(directory, yaml, Map.of("OTHER", "hunter6"), Map.of()))
                .hasSizeGreaterThan(1)
                .noneMatch(problem -> problem.contains("hunter"));
    }
}
