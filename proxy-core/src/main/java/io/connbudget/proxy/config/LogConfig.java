package io.connbudget.proxy.config;

import java.time.Duration;

/** What is written to the log, and in what form. */
public record LogConfig(
        @Setting(value = "Form of a log line: `text` is key=value, `json` an object.", byDefault = "text")
        LogFormat format,

        @Setting(
                value = "A client that waits longer for a backend is logged while it waits; `0s` for none.",
                byDefault = "2s")
        Duration slowWait,

        @Setting(
                value = "A client that holds a backend longer is logged while it holds it; `0s` for none.",
                byDefault = "60s")
        Duration longTransaction) {}
