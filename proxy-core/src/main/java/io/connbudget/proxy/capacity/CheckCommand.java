package io.connbudget.proxy.capacity;

import io.connbudget.proxy.backend.BackendUnavailable;
import io.connbudget.proxy.backend.ServerLimits;
import io.connbudget.proxy.cli.CommandProvider;
import io.connbudget.proxy.cli.ExitCodes;
import io.connbudget.proxy.cli.ProxyFactory;
import io.connbudget.proxy.config.ConfigException;
import io.connbudget.proxy.config.ConfigLoader;
import io.connbudget.proxy.config.LoadedConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code connbudget check}: a configuration against the live database, without serving. */
@Command(
        name = "check",
        description = "Validate a configuration, connect to its database, and say what would happen if it were served.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Exit codes: 0 it can be served; 1 the database cannot be reached; 2 the configuration is wrong;"
                    + " 3 it can be served, and something would go wrong."
        })
public final class CheckCommand implements CommandProvider, Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--config", required = true, paramLabel = "FILE", description = "Configuration of serve.")
    private Path config = Path.of("");

    private record Found(ServerLimits limits, String version, long waitTimeoutSeconds) {}

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
            return check(out);
        } catch (ConfigException e) {
            e.problems().forEach(problem -> err.println("connbudget: " + problem));
            return ExitCodes.USAGE;
        } catch (BackendUnavailable e) {
            err.println("connbudget: " + e.getMessage());
            return ExitCodes.FAILURE;
        } finally {
            out.flush();
            err.flush();
        }
    }

    private int check(PrintWriter out) throws ConfigException, BackendUnavailable {
        LoadedConfig loaded = new ConfigLoader(System.getenv()).load(config, Map.of());
        loaded.warnings().forEach(warning -> out.println("warning: " + warning));
        out.println("configuration: valid");
        Found found = Backends.ask(loaded.config().backend(), CheckCommand::read);
        CheckReport report =
                CheckReport.of(loaded.config(), found.limits(), found.version(), found.waitTimeoutSeconds());
        report.lines().forEach(out::println);
        report.troubles().forEach(trouble -> out.println("trouble: " + trouble));
        out.println(report.troubles().isEmpty() ? "it can be served" : "it can be served, with trouble");
        return report.troubles().isEmpty() ? ExitCodes.OK : ExitCodes.TROUBLE;
    }

    private static Found read(Connection connection) throws SQLException {
        ServerLimits limits = ServerLimits.read(connection, ServerLimits.Ours.NONE);
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT VERSION(), @@global.wait_timeout")) {
            row.next();
            return new Found(limits, row.getString(1), row.getLong(2));
        }
    }
}
