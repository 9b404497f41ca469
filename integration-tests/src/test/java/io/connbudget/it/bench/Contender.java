package io.connbudget.it.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Something that clients can connect to.
 *
 * @param pid its process; 0 for the server itself, whose CPU is not looked at
 * @param pooled whether it serves more clients than it has connections to the server
 */
record Contender(String name, String host, int port, long pid, boolean pooled) {
    private static final double MICROS_PER_TICK = 10_000;
    private static final int UTIME = 11;
    private static final int STIME = 12;

    /** CPU time that the process has used, in microseconds; steps of 10 ms. */
    double cpuMicros() throws IOException {
        if (pid == 0) {
            return 0;
        }
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        // The name may hold spaces, so count from behind it: the first field there is the state.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Double.parseDouble(fields[UTIME]) + Double.parseDouble(fields[STIME])) * MICROS_PER_TICK;
    }

    /** Resident memory of the process, in bytes. */
    double residentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        throw new IOException("process " + pid + " has no VmRSS");
    }
}
