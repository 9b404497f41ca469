package io.connbudget.proxy.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.connbudget.proxy.config.Secret;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code connbudget top}: what the dashboard shows, in a terminal. */
@Command(
        name = "top",
        mixinStandardHelpOptions = true,
        description = "Watch a running proxy: budget, queue, holders. Ctrl-C ends it.",
        sortOptions = false)
final class TopCommand implements Callable<Integer> {
    private static final String CLEAR = "\033[H\033[2J";
    private static final Duration LIMIT = Duration.ofSeconds(5);

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:9104",
            description = "The proxy's HTTP address. Default: ${DEFAULT-VALUE}.")
    private String http = "";

    @Option(names = "--user", paramLabel = "NAME", description = "One of admin.users, where the proxy has some.")
    private @Nullable String user;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "File that holds the password of --user alone.")
    private @Nullable Path passwordFile;

    @Option(names = "--once", description = "Print one picture and end.")
    private boolean once;

    @Option(
            names = "--interval",
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "Time between two pictures. Default: ${DEFAULT-VALUE}.")
    private int intervalSeconds;

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "20",
            description = "Holders to show. Default: ${DEFAULT-VALUE}.")
    private int rows;

    @Override
    public Integer call() throws InterruptedException {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the spec");
        }
        PrintWriter out = spec.commandLine().getOut();
        HttpClient client = HttpClient.newBuilder().connectTimeout(LIMIT).build();
        ObjectMapper mapper = new ObjectMapper();
        while (true) {
            try {
                HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + http + "/api/picture"))
                        .timeout(LIMIT);
                if (user != null) {
                    request.header("Authorization", credentials(user));
                }
                HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() != 200) {
                    return fail("http://" + http + " answered " + answer.statusCode()
                            + (answer.statusCode() == 401
                                    ? ": --user and --password-file of one of its admin.users"
                                    : ""));
                }
                JsonNode picture = mapper.readTree(answer.body());
                out.print((once ? "" : CLEAR) + TopScreen.text(picture, rows));
                out.flush();
            } catch (IOException | IllegalArgumentException e) {
                return fail("http://" + http + " cannot be reached: " + e);
            }
            if (once) {
                return ExitCodes.OK;
            }
            TimeUnit.SECONDS.sleep(Math.max(1, intervalSeconds));
        }
    }

    private String credentials(String name) throws IOException {
        Secret password = passwordFile == null ? Secret.empty() : Secret.ofFile(passwordFile);
        byte[] both = (name + ":" + password.reveal()).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(both);
    }

    private int fail(String message) {
        if (spec != null) {
            spec.commandLine().getErr().println("connbudget: " + message);
            spec.commandLine().getErr().flush();
        }
        return ExitCodes.FAILURE;
    }
}
