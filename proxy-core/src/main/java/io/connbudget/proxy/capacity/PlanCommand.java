package io.connbudget.proxy.capacity;

import io.connbudget.budget.ClientClass;
import io.connbudget.budget.planning.CapacityPlan;
import io.connbudget.budget.planning.Fleet;
import io.connbudget.proxy.cli.CommandProvider;
import io.connbudget.proxy.cli.ExitCodes;
import io.connbudget.proxy.cli.ProxyFactory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code connbudget plan}: whether a fleet fits, and the budget to give it. */
@Command(
        name = "plan",
        description = "Say whether a fleet of workers fits the database, and propose a budget and classes for it.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class PlanCommand implements CommandProvider, Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--nodes", required = true, paramLabel = "N", description = "Machines that workers run on.")
    private int nodes;

    @Option(names = "--processes", required = true, paramLabel = "N", description = "Worker processes on each.")
    private int processes;

    @Option(names = "--pool", required = true, paramLabel = "N", description = "Connections that a process may open.")
    private int pool;

    @Option(
            names = "--limit",
            required = true,
            paramLabel = "N",
            description = "Connections that the database accepts (max_connections).")
    private int limit;

    @Option(
            names = "--reserve",
            paramLabel = "N",
            description = "Connections of these that are left to others. Default: 5 %% of the limit, at least 3.")
    private int reserve = -1;

    @Option(names = "--transaction-ms", paramLabel = "MS", description = "Mean time of a transaction, with --rate.")
    private double transactionMillis;

    @Option(names = "--rate", paramLabel = "N", description = "Transactions per second of the whole fleet.")
    private double rate;

    @Option(names = "--yaml", paramLabel = "FILE", description = "Write the proposal as a configuration for serve.")
    private @Nullable Path yaml;

    @Option(
            names = "--backend",
            paramLabel = "ADDRESS",
            description = "Address of the database in that file. Default: ${DEFAULT-VALUE}.")
    private String backend = "127.0.0.1:3306";

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description = "Account of the workers in that file. Default: ${DEFAULT-VALUE}.")
    private String user = "app";

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
        CapacityPlan plan;
        try {
            plan = CapacityPlan.of(fleet());
        } catch (IllegalArgumentException e) {
            err.println("connbudget: --" + e.getMessage());
            err.flush();
            return ExitCodes.USAGE;
        }
        out.print(plan.text());
        out.print(proposal(plan));
        try {
            if (yaml != null) {
                Files.writeString(yaml, PlanYaml.of(plan, backend, user), StandardCharsets.UTF_8);
                out.println("written: " + yaml + "; start it with: connbudget serve --config " + yaml);
            }
        } catch (IOException e) {
            err.println("connbudget: --yaml " + yaml + " cannot be written: " + e.getMessage());
            err.flush();
            return ExitCodes.FAILURE;
        }
        out.flush();
        return ExitCodes.OK;
    }

    private Fleet fleet() {
        Fleet known = Fleet.of(nodes, processes, pool, limit);
        if (reserve >= 0) {
            known = new Fleet(nodes, processes, pool, limit, reserve, 0, 0);
        }
        return known.withLoad(transactionMillis, rate);
    }

    private static String proposal(CapacityPlan plan) {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "proposed: budget.max-connections: %d, of which one is kept for KILL\n",
                PlanYaml.connections(plan)));
        for (ClientClass c : plan.budget().classes()) {
            text.append(String.format(
                    Locale.ROOT,
                    "  class %s: guaranteed %,d, weight %d%s, queue-timeout %d s\n",
                    c.name(),
                    c.guaranteed(),
                    c.weight(),
                    c.maxClients() == ClientClass.UNLIMITED
                            ? ""
                            : String.format(Locale.ROOT, ", max-clients and queue-length %,d", c.maxClients()),
                    c.queueTimeout().toSeconds()));
        }
        return text.toString();
    }
}
