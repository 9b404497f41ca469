package io.connbudget.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each key can be set in the environment: for each, a value that is not its default arrives in the record. */
class ConfigEnvironmentTest {
    private static final Map<String, String> OTHER_VALUES = Map.ofEntries(
            Map.entry("backend.max-lifetime", "77m"),
            Map.entry("backend.tls.mode", "required"),
            Map.entry("backend.failover", "db2:3306,[fe80::2]:3307"),
            Map.entry("backend.read-only", "refuse"),
            Map.entry("frontend.tls.mode", "prefer"),
            Map.entry("handoff", "session"),
            Map.entry("transport", "epoll"),
            Map.entry("accounts[].sources", "10.0.0.0/8,::1"),
            Map.entry("frontend.door.proxy-protocol-from", "10.0.0.0/8"),
            Map.entry("frontend.pass-through.mode", "on"),
            Map.entry("frontend.tls.min-version", "tls1-3"),
            Map.entry("frontend.tls.client-certificate", "required"),
            Map.entry("budget.fair-between", "process"),
            Map.entry("budget.rules[].class", "other"),
            Map.entry("log.format", "json"),
            Map.entry("accounts[].client-class", "default"),
            Map.entry("admin.users[].role", "operator"),
            Map.entry("admin.metrics", "users"),
            Map.entry("console", "127.0.0.1:99"));

    @TempDir
    Path directory;

    static List<SettingKey> keys() {
        return SettingKeys.all();
    }

    @ParameterizedTest
    @MethodSource("keys")
    void setsTheKey(SettingKey key) throws Exception {
        Files.writeString(directory.resolve("secret.txt"), "other secret\r\n");
        Map<String, String> environment = new HashMap<>();
        environment.put("CONNBUDGET_ACCOUNTS_0_NAME", "other account");
        if (!key.path().startsWith("accounts[].password")) {
            environment.put("CONNBUDGET_ACCOUNTS_0_AUTHENTICATION_STRING", "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19");
        }
        environment.put("CONNBUDGET_ACCOUNTS_0_BACKEND_USER", "app");
        if (key.path().equals("accounts[].backend-user") || key.path().equals("backend.user")) {
            environment.put("CONNBUDGET_ACCOUNTS_0_BACKEND_PASSWORD", "other secret");
        }
        if (key.path().equals("accounts[].tls-identity") || key.path().equals("frontend.tls.client-certificate")) {
            environment.put("CONNBUDGET_FRONTEND_TLS_CLIENT_CA", "ca.pem");
        }
        if (key.path().equals("frontend.tls.client-certificate")) {
            environment.put("CONNBUDGET_FRONTEND_TLS_MODE", "require");
        }
        if (key.path().equals("frontend.tls.mode") || key.path().equals("frontend.tls.client-certificate")) {
            environment.put("CONNBUDGET_FRONTEND_TLS_CERTIFICATE", "c.pem");
            environment.put("CONNBUDGET_FRONTEND_TLS_KEY", "k.pem");
        }
        if (key.path().startsWith("admin.")) {
            environment.put("CONNBUDGET_ADMIN_USERS_0_NAME", "other administrator");
            if (!key.path().startsWith("admin.users[].password")) {
                environment.put("CONNBUDGET_ADMIN_USERS_0_PASSWORD", "a password");
            }
        }
        if (key.path().startsWith("budget.rules")) {
            environment.put("CONNBUDGET_BUDGET_RULES_0_CLASS", "default");
            environment.put("CONNBUDGET_BUDGET_CLASSES_OTHER_MAX", "5");
        }
        if (key.path().endsWith("guaranteed")) {
            environment.put("CONNBUDGET_BUDGET_CLASSES_NAME_MAX", "8");
        }
        environment.put("SECRET_VARIABLE", "other secret");
        ProxyConfig before = ConfigFixture.load(directory, ConfigFixture.MINIMAL);
        String text = otherValue(key);
        environment.put(key.environmentName(), text);

        String yaml = key.path().startsWith("backend.password-command.run")
                ? ConfigFixture.MINIMAL.replace("  password: hunter2\n", "") + "frontend: {pass-through: {mode: on}}\n"
                : ConfigFixture.MINIMAL;
        ProxyConfig after = ConfigFixture.load(directory, yaml, environment, Map.of());

        String path =
                key.path().substring(0, key.path().length() - key.variant().length());
        Object expected = key.type() == Secret.class
                ? Secret.of("other secret")
                : SettingTypes.parse(key.type(), key.setting(), text);
        assertThat(value(after, path)).isEqualTo(expected);
        if (!path.contains("[]") && !path.contains("<")) {
            assertThat(value(before, path)).isNotEqualTo(expected);
        }
    }

    @Test
    void aNameInAVariableIsThatOfTheFilesSection() {
        Map<String, String> environment = Map.of(
                "CONNBUDGET_BUDGET_CLASSES_BIG_JOBS_MAX_CLIENTS", "20",
                "CONNBUDGET_BUDGET_CLASSES_SMALL_ONES_WEIGHT", "2",
                "CONNBUDGET_BUDGET_RULES_0_ATTRIBUTES__CLIENT_NAME", "lib*");
        String yaml = ConfigFixture.MINIMAL + "  classes: {Big_Jobs: {max: 3}}\n  rules: [{class: Big_Jobs}]\n";

        BudgetConfig budget =
                ConfigFixture.load(directory, yaml, environment, Map.of()).budget();

        assertThat(budget.classes().keySet()).containsExactly("Big_Jobs", "small-ones");
        assertThat(budget.classes().get("Big_Jobs").maxClients()).isEqualTo(20);
        assertThat(budget.classes().get("Big_Jobs").max()).isEqualTo(3);
        assertThat(budget.rules().get(0).attributes()).isEqualTo(Map.of("_client_name", "lib*"));
    }

    @Test
    void elementsOfAListHaveAVariableEach() {
        Map<String, String> environment = Map.of(
                "CONNBUDGET_BACKEND_FAILOVER_0", "db2:3306",
                "CONNBUDGET_BACKEND_FAILOVER_1", "db3:3306",
                "CONNBUDGET_FRONTEND_DOOR_PROXY_PROTOCOL_FROM_0", "10.0.0.0/8",
                "CONNBUDGET_FRONTEND_DOOR_PROXY_PROTOCOL_FROM_1", "::1");

        ProxyConfig config = ConfigFixture.load(directory, ConfigFixture.MINIMAL, environment, Map.of());

        assertThat(config.backend().failover()).isEqualTo(HostList.parse("db2:3306, db3:3306"));
        assertThat(config.frontend().door().proxyProtocolFrom()).isEqualTo(CidrList.parse("10.0.0.0/8,::1"));
    }

    @Test
    void flagsWinOverEnvironmentOverFile() {
        Map<String, String> environment = Map.of("CONNBUDGET_BUDGET_MAX_CONNECTIONS", "20", "CONNBUDGET_LISTEN", "a:2");

        ProxyConfig config = ConfigFixture.load(
                directory, ConfigFixture.MINIMAL, environment, Map.of("budget.max-connections", "30"));

        assertThat(config.budget().maxConnections()).isEqualTo(30);
        assertThat(config.listen()).isEqualTo(new HostPort("a", 2));
    }

    @Test
    void aPasswordFileOfAFlagReplacesThePasswordOfTheFile() throws Exception {
        Path file = Files.writeString(directory.resolve("secret.txt"), "from flag\n");

        ProxyConfig config = ConfigFixture.load(
                directory, ConfigFixture.MINIMAL, Map.of(), Map.of("backend.password-file", file.toString()));

        assertThat(config.backend().password()).isEqualTo(Secret.of("from flag"));
    }

    @Test
    void emptyVariablesAreAbsentAndUnknownOnesAreWarnedOf() throws Exception {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("CONNBUDGET_LISTEN", "");
        environment.put("CONNBUDGET_LISTN", "a:1");
        environment.put("CONNBUDGET_JAVA_OPTS", "-Xmx1g");
        environment.put("CONNBUDGET_PORT_3307_TCP_ADDR", "10.0.0.1");
        Path file = Files.writeString(directory.resolve("c.yaml"), ConfigFixture.MINIMAL);

        LoadedConfig loaded = new ConfigLoader(environment).load(file, Map.of());

        assertThat(loaded.config().listen()).isEqualTo(new HostPort("127.0.0.1", 3307));
        assertThat(loaded.warnings())
                .containsExactly("environment variable CONNBUDGET_LISTN sets no key; did you mean CONNBUDGET_LISTEN?");
    }

    private String otherValue(SettingKey key) {
        if (key.variant().equals("-file")) {
            return directory.resolve("secret.txt").toString();
        }
        if (key.variant().equals("-env")) {
            return "SECRET_VARIABLE";
        }
        return OTHER_VALUES.getOrDefault(
                key.path(),
                switch (key.type().getSimpleName()) {
                    case "HostPort" -> "[fe80::1]:99";
                    case "int", "Integer", "Reserve" -> "7";
                    case "Share" -> "1/7";
                    case "CidrBlock" -> "10.7.0.0/16";
                    case "Duration" -> "77s";
                    case "ByteSize" -> "77KiB";
                    case "Secret" -> "other secret";
                    case "StoredSecret" -> "$A$005$12345678901234567890" + "x".repeat(43);
                    default -> "other";
                });
    }

    /** The value at {@code path}; of a list the first element. */
    private static Object value(Object record, String path) throws Exception {
        Object at = record;
        for (String part : path.split("\\.", -1)) {
            if (at instanceof Map<?, ?> named) {
                at = named.get(part.replaceAll("[<>]", ""));
                continue;
            }
            for (RecordComponent component : at.getClass().getRecordComponents()) {
                if (SettingKeys.name(component).equals(part.replace("[]", ""))) {
                    at = component.getAccessor().invoke(at);
                    break;
                }
            }
            if (part.endsWith("[]")) {
                at = ((List<?>) at).get(0);
            }
        }
        return at;
    }
}
