package io.connbudget.proxy.capacity;

import io.connbudget.budget.planning.Load;
import io.connbudget.proxy.config.LoadConfig;
import io.connbudget.proxy.config.SimulationConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Makes the simulator's loads of their description. */
final class Loads {
    private static final double NANOS_PER_MILLI = 1e6;

    private Loads() {}

    /** @throws IllegalArgumentException naming file and line of a recording that cannot be read */
    static List<Load> of(SimulationConfig config) throws IOException {
        List<Load> loads = new ArrayList<>();
        for (LoadConfig load : config.loads()) {
            loads.add(of(load, config));
        }
        return loads;
    }

    private static Load of(LoadConfig load, SimulationConfig config) throws IOException {
        long start = load.start().toNanos();
        long end = load.end() == null ? config.duration().toNanos() : load.end().toNanos();
        if (load.recording() != null) {
            return new Load.Recorded(load.name(), load.clientClass(), recording(load.recording()));
        }
        if (load.rate() > 0) {
            return new Load.Open(
                    load.name(),
                    load.clientClass(),
                    load.sources(),
                    load.rate(),
                    load.transaction().toNanos(),
                    start,
                    end);
        }
        return new Load.Closed(
                load.name(),
                load.clientClass(),
                load.sources(),
                load.clients() / load.sources(),
                load.transaction().toNanos(),
                load.think().toNanos(),
                load.retry().toNanos(),
                start,
                end);
    }

    private static List<Load.Arrival> recording(Path file) throws IOException {
        List<Load.Arrival> arrivals = new ArrayList<>();
        int line = 0;
        for (String text : Files.readAllLines(file)) {
            line++;
            if (!text.isBlank() && !text.startsWith("#")) {
                arrivals.add(arrival(text, file + ":" + line));
            }
        }
        arrivals.sort(Comparator.comparingLong(Load.Arrival::atNanos));
        return arrivals;
    }

    private static Load.Arrival arrival(String text, String place) {
        String[] parts = text.split(",", -1);
        try {
            if (parts.length == 3) {
                return new Load.Arrival(nanos(parts[0]), parts[1].trim(), Math.max(1, nanos(parts[2])));
            }
        } catch (NumberFormatException e) {
            // Said below, as for a line of two or four parts.
        }
        throw new IllegalArgumentException(
                place + ": is \"" + text + "\"; expected milliseconds from the start, host, milliseconds held");
    }

    private static long nanos(String millis) {
        return (long) (Double.parseDouble(millis.trim()) * NANOS_PER_MILLI);
    }
}
