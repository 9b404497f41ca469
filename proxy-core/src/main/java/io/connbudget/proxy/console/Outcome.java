package io.connbudget.proxy.console;

import io.connbudget.proxy.operate.Table;

/** What a console statement is answered with. */
sealed interface Outcome {
    /** A result set. */
    record Rows(Table table) implements Outcome {}

    /** OK; {@code info} is one line, or empty. */
    record Done(String info) implements Outcome {}

    /** ERR. */
    record Failed(int code, String sqlState, String message) implements Outcome {}
}
