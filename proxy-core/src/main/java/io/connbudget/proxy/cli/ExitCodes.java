package io.connbudget.proxy.cli;

/** What the process ends with. */
public final class ExitCodes {
    /** After a drain, or a command that did what it should. */
    public static final int OK = 0;

    /** The command failed. */
    public static final int FAILURE = 1;

    /** Wrong usage or configuration: nothing was started. */
    public static final int USAGE = 2;

    /** {@code check}: the configuration can be served, and something would go wrong. */
    public static final int TROUBLE = 3;

    private ExitCodes() {}
}
