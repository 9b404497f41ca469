package io.connbudget.proxy.capacity;

import io.connbudget.budget.BudgetPlan;
import io.connbudget.budget.planning.LoadResult;
import io.connbudget.budget.planning.Simulation;
import io.connbudget.budget.planning.WaitHistogram;
import io.connbudget.budget.planning.WaitPlot;
import io.connbudget.proxy.cli.CommandProvider;
import io.connbudget.proxy.cli.ExitCodes;
import io.connbudget.proxy.cli.ProxyFactory;
import io.connbudget.proxy.config.BudgetConfig;
import io.connbudget.proxy.config.ConfigException;
import io.connbudget.proxy.config.ConfigLoader;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.config.SimulationConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code connbudget simulate}: the policy of a configuration, on virtual time, under a described or recorded load. */
@Command(
        name = "simulate",
        description = "Run the budget of a configuration on virtual time against a described or recorded load.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = "%nThe load file: docs/budget.md.")
public final class SimulateCommand implements CommandProvider, Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--config", required = true, paramLabel = "FILE", description = "Configuration of serve.")
    private Path config = Path.of("");

    @Option(names = "--load", required = true, paramLabel = "FILE", description = "What asks for backends, in YAML.")
    private Path load = Path.of("");

    @Option(
            names = "--budget",
            paramLabel = "N",
            description = "Instead of budget.max-connections; needed where that is auto.")
    private @Nullable String budget;

    @Option(names = "--svg", paramLabel = "FILE", description = "Write the distribution of waits as a picture.")
    private @Nullable Path svg;

    @Override
    public Object command(ProxyFactory proxies) {
        return this;
    }

    @Override
    public Integer call() {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the spec");
        }
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        try {
            run(out);
            return ExitCodes.OK;
        } catch (ConfigException e) {
            e.problems().forEach(problem -> err.println("connbudget: " + problem));
            return ExitCodes.USAGE;
        } catch (IllegalArgumentException e) {
            err.println("connbudget: " + e.getMessage());
            return ExitCodes.USAGE;
        } catch (IOException e) {
            err.println("connbudget: " + e);
            return ExitCodes.FAILURE;
        } finally {
            out.flush();
            err.flush();
        }
    }

    private void run(PrintWriter out) throws ConfigException, IOException {
        ProxyConfig proxy = load();
        if (proxy.budget().discovers()) {
            throw new IllegalArgumentException("budget.max-connections is auto; give a number with --budget");
        }
        int leasable = BudgetConfig.leasable(proxy.budget().total());
        BudgetPlan plan = BudgetPlans.of(proxy, leasable);
        SimulationConfig played = SimulationConfig.load(load);
        Simulation simulation = new Simulation(plan, Loads.of(played), played.seed());
        long begin = System.nanoTime();
        List<LoadResult> results = simulation.run(played.duration().toNanos());
        double wallSeconds = (System.nanoTime() - begin) / 1e9;
        print(out, leasable, played, simulation, wallSeconds);
        if (svg != null) {
            Files.writeString(svg, WaitPlot.svg(results), StandardCharsets.UTF_8);
            out.println("written: " + svg);
        }
    }

    /** The planner's machine need not have the database's password. */
    private ProxyConfig load() throws ConfigException {
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.keySet().removeIf(name -> name.startsWith("CONNBUDGET_BACKEND_PASSWORD"));
        environment.put("CONNBUDGET_BACKEND_PASSWORD", "unused");
        return new ConfigLoader(environment)
                .load(config, budget == null ? Map.of() : Map.of("budget.max-connections", budget))
                .config();
    }

    private static void print(
            PrintWriter out, int leasable, SimulationConfig played, Simulation simulation, double wallSeconds) {
        Map<String, LoadResult> classes = simulation.byClass();
        double seconds = played.duration().toMillis() / 1e3;
        long served =
                classes.values().stream().mapToLong(r -> r.waits().count()).sum();
        double held =
                classes.values().stream().mapToDouble(LoadResult::heldNanos).sum();
        out.printf(
                Locale.ROOT,
                "%d backends, %.0f s of virtual time: %,d transactions (%,.0f/s), utilisation %.0f %%, most in use %d%n",
                leasable,
                seconds,
                served,
                served / seconds,
                Math.min(100, held / 1e9 / seconds / leasable * 100),
                simulation.peakInUse());
        out.printf(
                "%-16s %12s %10s %8s %10s %10s %10s %10s%n",
                "class", "served", "refused", "share", "mean ms", "p50 ms", "p99 ms", "max ms");
        classes.forEach((name, result) -> {
            WaitHistogram waits = result.waits();
            out.printf(
                    Locale.ROOT,
                    "%-16s %,12d %,10d %7.1f%% %10.2f %10.2f %10.2f %10.2f%n",
                    name,
                    waits.count(),
                    result.refused(),
                    held == 0 ? 0 : result.heldNanos() / held * 100,
                    waits.meanNanos() / 1e6,
                    waits.quantileNanos(0.5) / 1e6,
                    waits.quantileNanos(0.99) / 1e6,
                    waits.maxNanos() / 1e6);
            result.refusals()
                    .forEach((reason, count) -> out.printf(
                            Locale.ROOT, "  refused, %s: %,d%n", reason.name().toLowerCase(Locale.ROOT), count));
        });
        out.printf(
                Locale.ROOT,
                "simulated in %.2f s: %.1f million transactions a minute%n",
                wallSeconds,
                served / Math.max(1e-9, wallSeconds) * 60 / 1e6);
    }
}
