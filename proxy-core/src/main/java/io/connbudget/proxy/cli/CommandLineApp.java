package io.connbudget.proxy.cli;

import java.io.PrintWriter;
import java.util.Map;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code connbudget}: the commands, and what the process ends with. */
public final class CommandLineApp {
    private final CommandLine commandLine;

    /** {@code environment} as of {@link System#getenv()}. */
    public CommandLineApp(ProxyFactory proxies, Map<String, String> environment) {
        this(proxies, environment, new ProcessSignals());
    }

    CommandLineApp(ProxyFactory proxies, Map<String, String> environment, Signals signals) {
        commandLine = new CommandLine(new Root());
        commandLine.addSubcommand(ServeCommand.spec(environment, new ForegroundProxy(proxies, signals)));
        commandLine.addSubcommand(new TopCommand());
        commandLine.addSubcommand(new WarmUpCommand(proxies));
        for (CommandProvider provider : ServiceLoader.load(CommandProvider.class)) {
            commandLine.addSubcommand(provider.command(proxies));
        }
        commandLine.setExecutionExceptionHandler((failure, command, parsed) -> {
            command.getErr().println("connbudget: " + failure);
            failure.printStackTrace(command.getErr());
            return ExitCodes.FAILURE;
        });
    }

    /** Runs one command and returns its exit code, one of {@link ExitCodes}. */
    public int run(String... arguments) {
        return commandLine.execute(arguments);
    }

    /** Sends what commands print elsewhere; for tests. */
    void redirect(PrintWriter out, PrintWriter err) {
        commandLine.setOut(out);
        commandLine.setErr(err);
    }

    /** From the jar's manifest; {@code development} where the classes are in no jar. */
    static String version() {
        String version = CommandLineApp.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    @Command(
            name = "connbudget",
            description = "A connection-budget proxy for MySQL.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    private static final class Root implements Runnable {
        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public void run() {
            if (spec != null) {
                throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing");
            }
        }
    }

    private static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"connbudget " + version() + " (Java " + Runtime.version() + ")"};
        }
    }
}
