package io.connbudget.proxy.config;

/** Form of a log line. */
public enum LogFormat {
    /** {@code key=value}. */
    TEXT,
    /** One JSON object a line. */
    JSON
}
