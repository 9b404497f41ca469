package io.connbudget.proxy.config;

import java.util.List;

/** The configuration cannot be used. The message has one line for each problem: where, which key, what was got, what was expected; never a password. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    ConfigException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** At least one line. */
    public List<String> problems() {
        return problems;
    }
}
