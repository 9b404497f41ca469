package io.connbudget.proxy.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What {@code simulate} is to play: a file of its own, beside the configuration. A value of this type is valid. */
public record SimulationConfig(
        @Setting(value = "Virtual time that is played.", byDefault = "60s")
        Duration duration,

        @Setting(value = "One seed always gives one result.", byDefault = "1")
        int seed,

        @Setting("What asks for backends.") List<LoadConfig> loads) {

    public SimulationConfig {
        loads = List.copyOf(loads);
        InvalidSetting.atLeast(duration, 1, "duration");
        InvalidSetting.unless(!loads.isEmpty(), "loads", "is missing", "a list of loads, each with name and class");
    }

    /**
     * Reads a file.
     *
     * @throws ConfigException with every problem that was found
     */
    public static SimulationConfig load(Path file) throws ConfigException {
        List<String> problems = new ArrayList<>();
        Map<String, RawValue> values = ConfigLoader.readFile(file, problems);
        List<SettingKey> keys = SettingKeys.of(SimulationConfig.class);
        if (problems.isEmpty()) {
            new UnknownKeys(keys).refuse(values, problems);
            SimulationConfig config = new ConfigBinder(keys, values, Map.of(), problems).bind(SimulationConfig.class);
            if (config != null && problems.isEmpty()) {
                return config;
            }
        }
        throw new ConfigException(problems);
    }
}
