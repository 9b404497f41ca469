package io.connbudget.it.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Something that clients can connect to.
 *
 * @param pid its process; 0 for the server itself, whose CPU is not looked at
 * @param java whether it is a JVM of this user
 * @param pooled whether it serves more clients than it has connections to the server
 */
record Contender(String name, String host, int port, long pid, boolean java, boolean pooled) {
    private static final double MICROS_PER_TICK = 10_000;
    private static final int UTIME = 11;
    private static final int STIME = 12;
    /** user, nice, system, irq and softirq of the line of all processors. */
    private static final int[] BUSY = {1, 2, 3, 6, 7};

    private static final Pattern ALLOCATED = Pattern.compile(" allocated=(\\d+)([BKMG])");
    private static final Map<String, Double> UNITS =
            Map.of("B", 1.0, "K", 1024.0, "M", 1024.0 * 1024, "G", 1024.0 * 1024 * 1024);

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

    /** CPU time that all of the machine's processes and its kernel have used, in microseconds. */
    static double machineCpuMicros() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/stat"))) {
            String[] fields = lines.findFirst().orElseThrow().split(" +", -1);
            double ticks = 0;
            for (int field : BUSY) {
                ticks += Double.parseDouble(fields[field]);
            }
            return ticks * MICROS_PER_TICK;
        }
    }

    /**
     * What the process's live Java threads have allocated so far, in bytes, by the JVM's own count; it is told in megabytes
     * from 10 MB on.
     */
    double allocatedBytes() throws IOException {
        Process jcmd = new ProcessBuilder("jcmd", String.valueOf(pid), "Thread.print", "-e")
                .redirectErrorStream(true)
                .start();
        Matcher allocated = ALLOCATED.matcher(new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        double sum = 0;
        while (allocated.find()) {
            sum += Double.parseDouble(allocated.group(1)) * UNITS.get(allocated.group(2));
        }
        return sum;
    }

    /** How many files a process may open, this one and those that it starts. */
    static long openFiles() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
            if (line.startsWith("Max open files")) {
                String soft = line.split(" +", -1)[3];
                return soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
            }
        }
        throw new IOException("no limit of open files in /proc/self/limits");
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
