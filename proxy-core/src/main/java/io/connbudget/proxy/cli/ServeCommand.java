package io.connbudget.proxy.cli;

import io.connbudget.proxy.config.ConfigException;
import io.connbudget.proxy.config.ConfigFlag;
import io.connbudget.proxy.config.ConfigLoader;
import io.connbudget.proxy.config.LoadedConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code connbudget serve}: its options are the configuration's flags. */
@Command(
        name = "serve",
        description =
                "Serve clients in the foreground until Ctrl-C or SIGTERM, which drain; a second one ends at once.",
        sortOptions = false,
        footer = "%nEvery key of the configuration can be set in the environment: docs/configuration.md.")
final class ServeCommand implements Callable<Integer> {
    private final Map<String, String> environment;
    private final ForegroundProxy proxy;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Configuration in YAML; without it, flags and environment.")
    private @Nullable Path config;

    private ServeCommand(Map<String, String> environment, ForegroundProxy proxy) {
        this.environment = environment;
        this.proxy = proxy;
    }

    /** The command with one option for each flag of the configuration. */
    static CommandSpec spec(Map<String, String> environment, ForegroundProxy proxy) {
        CommandSpec spec = CommandSpec.forAnnotatedObject(new ServeCommand(environment, proxy));
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help and end.")
                .build());
        for (ConfigFlag flag : ConfigLoader.flags()) {
            spec.addOption(OptionSpec.builder(flag.name())
                    .paramLabel("VALUE")
                    .type(String.class)
                    .description(flag.description().replace("%", "%%"))
                    .build());
        }
        return spec;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the spec");
        }
        LoadedConfig loaded;
        Map<String, String> flags = flags(spec.commandLine());
        ServedConfig served = () -> new ConfigLoader(environment).load(config, flags);
        try {
            loaded = served.load();
        } catch (ConfigException e) {
            PrintWriter err = spec.commandLine().getErr();
            e.problems().forEach(problem -> err.println("connbudget: " + problem));
            err.flush();
            return ExitCodes.USAGE;
        }
        return proxy.run(loaded, served);
    }

    private static Map<String, String> flags(CommandLine commandLine) {
        Map<String, String> given = new LinkedHashMap<>();
        for (ConfigFlag flag : ConfigLoader.flags()) {
            String text = commandLine.getParseResult().matchedOptionValue(flag.name(), (String) null);
            if (text != null) {
                given.put(flag.key(), text);
            }
        }
        return given;
    }
}
