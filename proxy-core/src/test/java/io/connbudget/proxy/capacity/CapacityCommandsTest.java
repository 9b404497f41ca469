package io.connbudget.proxy.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.backend.ServerLimits;
import io.connbudget.proxy.config.ConfigLoader;
import io.connbudget.proxy.config.ProxyConfig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What plan, simulate and check print, and what they end with. */
class CapacityCommandsTest {
    private static final List<String> INCIDENT =
            List.of("--nodes", "20", "--processes", "32", "--pool", "20", "--limit", "1600");

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(Object command, List<String> first, String... more) {
        String[] arguments = java.util.stream.Stream.concat(first.stream(), java.util.Arrays.stream(more))
                .toArray(String[]::new);
        return new CommandLine(command)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    private Path file(String name, String content) throws Exception {
        return Files.writeString(directory.resolve(name), content);
    }

    @Test
    void planPrintsTheIncident() {
        assertThat(run(new PlanCommand(), INCIDENT)).isZero();
        assertThat(out.toString()).isEqualTo("""
                demand: 20 nodes x 32 processes x 20 connections = 12,800
                without the proxy: 12,800 > 1,600: error 1040, Too many connections, once they are opened
                with the proxy: 12,800 client connections on a budget of 640 backends
                expected wait and utilisation: not known without --transaction-ms and --rate
                proposed: budget.max-connections: 641, of which one is kept for KILL
                  class workers: guaranteed 0, weight 9, max-clients and queue-length 12,800, queue-timeout 30 s
                  class default: guaranteed 64, weight 1, queue-timeout 30 s
                """);
    }

    @Test
    void planIsRightForAPoolOf200InEachProcessToo() {
        assertThat(run(
                        new PlanCommand(),
                        List.of("--nodes", "20", "--processes", "32", "--pool", "200", "--limit", "1600"),
                        "--transaction-ms",
                        "5",
                        "--rate",
                        "2000"))
                .isZero();
        assertThat(out.toString())
                .contains("20 nodes x 32 processes x 200 connections = 128,000")
                .contains("without the proxy: 128,000 > 1,600: error 1040")
                .contains("expected at 2,000 transactions/s of 5.0 ms: utilisation 71 %, mean wait 0.22 ms");
    }

    @Test
    void planSaysWhichNumberIsWrong() {
        assertThat(run(new PlanCommand(), INCIDENT, "--reserve", "1600")).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo("connbudget: --reserve is 1600, expected less than limit, which is 1600"
                        + System.lineSeparator());
    }

    @Test
    void aPlansFileIsAConfigurationWithTheSameClasses() throws Exception {
        for (String pool : List.of("20", "200")) {
            Path yaml = directory.resolve("plan" + pool + ".yaml");
            assertThat(run(
                            new PlanCommand(),
                            List.of("--nodes", "20", "--processes", "32", "--pool", pool, "--limit", "1600"),
                            "--yaml",
                            yaml.toString(),
                            "--backend",
                            "db.internal:3306",
                            "--user",
                            "celery"))
                    .isZero();

            ProxyConfig config = new ConfigLoader(Map.of("DB_PASSWORD", "x"))
                    .load(yaml, Map.of())
                    .config();

            assertThat(config.budget().total()).isEqualTo(641);
            assertThat(config.backend().address()).hasToString("db.internal:3306");
            assertThat(config.budget().classes().keySet()).containsExactly("workers", "default");
            assertThat(config.budget().rules().get(0).user()).isEqualTo("celery");
            assertThat(config.frontend().maxClients())
                    .isGreaterThanOrEqualTo(
                            config.budget().classes().get("workers").maxClients());
        }
    }

    @Test
    void aPlanForATightLimitLeavesTheReserveAndTheConnectionForKill() throws Exception {
        Path yaml = directory.resolve("tight.yaml");
        assertThat(run(
                        new PlanCommand(),
                        List.of("--nodes", "20", "--processes", "32", "--pool", "20", "--limit", "100"),
                        "--yaml",
                        yaml.toString(),
                        "--backend",
                        "[::1]:3306"))
                .isZero();
        assertThat(out.toString())
                .contains("on a budget of 94 backends")
                .contains("budget.max-connections: 95, of which one is kept for KILL");

        ProxyConfig config = new ConfigLoader(Map.of("DB_PASSWORD", "x"))
                .load(yaml, Map.of())
                .config();
        assertThat(config.backend().address().host()).isEqualTo("::1");
        assertThat(BudgetPlans.of(config, 94).total()).isEqualTo(94);
    }

    @Test
    void simulatePlaysDescribedAndRecordedLoads() throws Exception {
        Path config = file("c.yaml", """
                backend: {address: "db:1", user: u, password-env: NOT_HERE}
                budget:
                  max-connections: 13
                  queue-timeout: 60s
                  classes: {a: {weight: 3}, b: {weight: 2}, c: {weight: 1, max-clients: 9}}
                """);
        Path recording = file("r.csv", "# ms, host, ms\n0, h1, 2.5\n10, h2, 2.5\n");
        Path load = file("l.yaml", """
                duration: 20s
                seed: 7
                loads:
                  - {name: one, class: a, sources: 2, clients: 200, transaction: 2ms}
                  - {name: two, class: b, clients: 200, transaction: 2ms}
                  - {name: three, class: c, clients: 10, transaction: 2ms, retry: 5s}
                  - {name: four, class: default, rate: 10, transaction: 1ms, start: 1s, end: 2s}
                  - {name: five, class: default, recording: "%s"}
                """.formatted(recording));
        Path svg = directory.resolve("w.svg");

        int code = run(
                new SimulateCommand(),
                List.of("--config", config.toString(), "--load", load.toString(), "--svg", svg.toString()));

        assertThat(err.toString()).isEmpty();
        assertThat(code).isZero();
        assertThat(out.toString())
                .contains("12 backends, 20 s of virtual time: ")
                .containsPattern("(?m)^a +[56]\\d,\\d{3} +0 +(49|50)\\.\\d%")
                .containsPattern("(?m)^b +[34]\\d,\\d{3} +0 +33\\.\\d%")
                .containsPattern("(?m)^c +[12]\\d,\\d{3} +1 +16\\.\\d%")
                .contains("  refused, too_many_clients: 1")
                .contains("million transactions a minute");
        assertThat(svg).content().startsWith("<svg").contains("one").contains("five");
    }

    @Test
    void simulateNamesWhatIsWrongAndWhere() throws Exception {
        Path config = file("c.yaml", """
                backend: {address: "db:1", user: u, password: p}
                budget: {max-connections: auto}
                """);
        Path load = file("l.yaml", "loads:\n  - {name: one, class: default, sources: 3, clients: 10}\n  - {nme: x}\n");
        List<String> files = List.of("--config", config.toString(), "--load", load.toString());

        assertThat(run(new SimulateCommand(), files)).isEqualTo(2);
        assertThat(err.toString()).contains("budget.max-connections is auto; give a number with --budget");
        err.getBuffer().setLength(0);
        assertThat(run(new SimulateCommand(), files, "--budget", "8")).isEqualTo(2);
        assertThat(err.toString())
                .contains(
                        "l.yaml:2: loads[0].clients is 10, which 3 sources cannot share evenly; expected a multiple of")
                .contains("l.yaml:3: there is no key `loads[1].nme`; did you mean `loads[].name`?");
    }

    private static CheckReport check(String budget, ServerLimits limits, long waitTimeoutSeconds) throws Exception {
        Path file = Files.createTempFile("connbudget", ".yaml");
        try {
            Files.writeString(file, "backend: {address: 'db:3306', user: app, password: x}\nbudget: " + budget + "\n");
            return CheckReport.of(
                    new ConfigLoader(Map.of()).load(file, Map.of()).config(), limits, "9.7.4", waitTimeoutSeconds);
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void checkComparesTheBudgetWithTheServer() throws Exception {
        assertThat(check("{max-connections: 64}", new ServerLimits(200, 0, 7, 1), 28_800))
                .isEqualTo(new CheckReport(
                        List.of(
                                "database: 9.7.4 at db:3306, max_connections 200, max_user_connections none, connected now: 1 of this account, 7 of others",
                                "budget: 64 connections, 63 for clients and 1 for KILL",
                                "room: 64 <= 193 (max_connections 200 less 7 of others), 129 stay free",
                                "class default: guaranteed 0, max 63, weight 1, queue-timeout 10000 ms"),
                        List.of()));
    }

    @Test
    void checkNamesEveryTrouble() throws Exception {
        assertThat(check("{max-connections: 250}", new ServerLimits(200, 100, 7, 1), 60)
                        .troubles())
                .containsExactly(
                        "budget of 250 > 193 (max_connections 200 less 7 of others): the database would refuse with 1040; lower budget.max-connections, or set it to auto",
                        "budget of 250 > max_user_connections 100 of the account: the database would refuse with 1203 or 1226",
                        "wait_timeout of the server is 60 s, shorter than backend.keepalive of 120 s: the server would close idle connections; lower backend.keepalive");
        assertThat(check(
                                "{max-connections: auto, share: 1/20, classes: {web: {guaranteed: 40}}}",
                                new ServerLimits(200, 0, 7, 1),
                                28_800)
                        .troubles())
                .containsExactly(
                        "the guarantees of the classes are 40 > 8 connections for clients: not all can be had at once");
        assertThat(check("{max-connections: auto, share: 1/20}", new ServerLimits(40, 0, 3, 1), 28_800)
                        .troubles())
                .containsExactly(
                        "the database leaves this proxy 1 of its connections, and it takes 2 at least: raise max_connections, or lower budget.reserve or the number of shares");
    }

    @Test
    void checkEndsWith1WhereTheDatabaseIsAwayAnd2WhereTheFileIsWrong() throws Exception {
        Path away = file("a.yaml", """
                backend: {address: "127.0.0.1:1", user: u, password: p, connect-timeout: 1s}
                budget: {max-connections: 3}
                """);
        assertThat(run(new CheckCommand(), List.of("--config", away.toString())))
                .isEqualTo(1);
        assertThat(err.toString()).startsWith("connbudget: the database 127.0.0.1:1 is not reachable");
        Path wrong = file("w.yaml", "budget: {max-connections: many}\n");
        assertThat(run(new CheckCommand(), List.of("--config", wrong.toString())))
                .isEqualTo(2);
    }
}
