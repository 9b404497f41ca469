package io.connbudget.it.bench;

import io.connbudget.it.DatabaseServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/** The circumstances of a run, without which its numbers say little. */
final class About {
    private About() {}

    static Map<String, String> thisRun(DatabaseServer server, String[] arguments)
            throws IOException, InterruptedException, SQLException {
        Map<String, String> about = new LinkedHashMap<>();
        about.put("date", Instant.now().truncatedTo(ChronoUnit.MINUTES).toString());
        String changed = firstLine("git", "status", "--porcelain", "--untracked-files=no")
                        .isEmpty()
                ? ""
                : ", with changes";
        about.put("commit", firstLine("git", "rev-parse", "--short=12", "HEAD") + changed);
        about.put("options", String.join(" ", arguments));
        about.put("machine", machine());
        about.put("load before", Files.readString(Path.of("/proc/loadavg")).strip() + " (what else the machine does)");
        about.put("system", firstLine("uname", "-sr"));
        about.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        about.put("server", version(server));
        about.put("sysbench", firstLine("sysbench", "--version"));
        if (Programs.installed("haproxy")) {
            about.put("haproxy", firstLine("haproxy", "-v"));
        }
        return about;
    }

    private static String version(DatabaseServer server) throws SQLException {
        try (Connection administrator = server.administrator();
                ResultSet row = administrator
                        .createStatement()
                        .executeQuery("SELECT CONCAT(@@version_comment, ' ', @@version, ', max_connections ',"
                                + " @@max_connections)")) {
            row.next();
            return row.getString(1);
        }
    }

    private static String machine() throws IOException {
        String model = line(Path.of("/proc/cpuinfo"), "model name");
        String memory = line(Path.of("/proc/meminfo"), "MemTotal");
        return Runtime.getRuntime().availableProcessors() + " cores (" + model + "), " + memory
                + ", shared by server, load and proxies";
    }

    private static String line(Path file, String key) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("?");
    }

    /** The first line that a program prints; empty where it cannot be run. */
    private static String firstLine(String... command) throws IOException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .findFirst()
                    .orElse("")
                    .strip();
        } catch (IOException e) {
            return "";
        }
    }
}
