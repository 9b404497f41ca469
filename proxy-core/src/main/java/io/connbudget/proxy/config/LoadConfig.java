package io.connbudget.proxy.config;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One load of a simulation: {@code clients} that ask again when they are served, a {@code rate} of requests whatever becomes
 * of the earlier ones, or a {@code recording}.
 *
 * @param clients 0 unless this is a load of clients
 * @param rate 0 unless this is a load of a rate
 */
public record LoadConfig(
        @Setting("For the result.") String name,

        @Setting(value = "Class of the clients.", name = "class")
        String clientClass,

        @Setting(value = "Hosts that the clients or requests are spread over evenly.", byDefault = "1", min = 1)
        int sources,

        @Setting(value = "Clients in all; each asks, holds, thinks and asks again.", byDefault = "0")
        int clients,

        @Setting(
                value = "Requests per second that come at random, whatever becomes of the earlier ones.",
                byDefault = "0")
        int rate,

        @Setting(
                value =
                        "Requests as recorded: lines of milliseconds from the start, host, milliseconds that the backend was held.",
                byDefault = Setting.NONE)
        @Nullable Path recording,

        @Setting(value = "Mean time that a transaction holds its backend.", byDefault = "5ms")
        Duration transaction,

        @Setting(value = "Mean pause of a client between two transactions.", byDefault = "0ms")
        Duration think,

        @Setting(value = "Pause of a client that was refused.", byDefault = "1s")
        Duration retry,

        @Setting(value = "Time of the first request.", byDefault = "0ms")
        Duration start,

        @Setting(value = "No request from here on; without it, the end.", byDefault = Setting.NONE) @Nullable Duration end) {

    public LoadConfig {
        int kinds = (clients > 0 ? 1 : 0) + (rate > 0 ? 1 : 0) + (recording != null ? 1 : 0);
        InvalidSetting.unless(
                kinds == 1,
                "clients",
                kinds == 0 ? "is missing" : "is given next to rate or recording",
                "exactly one of clients, rate, recording");
        InvalidSetting.unless(
                clients == 0 || clients % sources == 0,
                "clients",
                "is " + clients + ", which " + sources + " sources cannot share evenly",
                "a multiple of sources");
        InvalidSetting.atLeast(transaction, 1, "transaction");
    }
}
