package io.connbudget.proxy.console;

import io.connbudget.proxy.config.AdminRole;
import io.connbudget.proxy.operate.HelpRow;
import io.connbudget.proxy.operate.OperateException;
import io.connbudget.proxy.operate.ProxyControl;
import io.connbudget.proxy.operate.ProxyView;
import io.connbudget.proxy.operate.Table;
import io.connbudget.proxy.operate.View;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The statements of the console. Blocks: see {@link ProxyView} and {@link ProxyControl}. Thread-safe. */
final class ConsoleCommands {
    private static final int SYNTAX = 1064;
    private static final int NOT_ALLOWED = 1227;
    private static final int FAILED = 1105;

    private final ProxyView view;
    private final ProxyControl control;
    private final Supplier<Duration> pauseWait;

    /** @param pauseWait how long PAUSE waits for the last lease */
    ConsoleCommands(ProxyView view, ProxyControl control, Supplier<Duration> pauseWait) {
        this.view = view;
        this.control = control;
        this.pauseWait = pauseWait;
    }

    /** Null where the statement is none of the console's own. */
    @Nullable Outcome run(ConsoleStatement statement, AdminRole role) {
        if ("SHOW".equals(statement.verb())) {
            return show(statement);
        }
        if (!changes(statement)) {
            return null;
        }
        if (role != AdminRole.OPERATOR) {
            return new Outcome.Failed(
                    NOT_ALLOWED, "42000", "Access denied; " + statement.verb() + " needs the role operator");
        }
        try {
            return new Outcome.Done(change(statement));
        } catch (OperateException e) {
            return new Outcome.Failed(FAILED, "HY000", String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            return new Outcome.Failed(SYNTAX, "42000", String.valueOf(e.getMessage()));
        }
    }

    /** Whether it is a statement that changes the proxy, which is written to the log. */
    static boolean changes(ConsoleStatement statement) {
        String verb = statement.verb();
        return verb != null
                && switch (verb) {
                    case "PAUSE", "RESUME", "RECONNECT", "RELOAD", "KILL", "SHUTDOWN" -> true;
                    case "SET" ->
                        statement.at(2, ".")
                                && !statement.word(1).startsWith("@")
                                && !statement.at(1, "SESSION")
                                && !statement.at(1, "GLOBAL");
                    default -> false;
                };
    }

    private @Nullable Outcome show(ConsoleStatement statement) {
        Table table;
        if (statement.at(1, "HELP")) {
            table = Table.of(HelpRow.class, help());
        } else {
            View wanted = View.named(statement.word(1));
            if (wanted == null) {
                return null;
            }
            table = wanted.of(view);
        }
        try {
            return new Outcome.Rows(RowFilter.apply(table, statement, 2));
        } catch (IllegalArgumentException e) {
            return new Outcome.Failed(SYNTAX, "42000", String.valueOf(e.getMessage()));
        }
    }

    private String change(ConsoleStatement statement) throws OperateException {
        String verb = String.valueOf(statement.verb());
        if (verb.equals("SET")) {
            if (!statement.at(4, "=") || statement.size() < 6) {
                throw new IllegalArgumentException("expected SET <class>.<key> = <value>");
            }
            StringBuilder value = new StringBuilder();
            for (int i = 5; i < statement.size(); i++) {
                value.append(statement.word(i));
            }
            return control.set(statement.word(1), statement.word(3), value.toString());
        }
        if (verb.equals("KILL")) {
            return control.kill(clientId(statement));
        }
        if (verb.equals("SHUTDOWN") && statement.is("SHUTDOWN", "WAIT")) {
            return control.shutdown(true);
        }
        if (statement.size() != 1) {
            throw new IllegalArgumentException("expected nothing behind " + verb);
        }
        return switch (verb) {
            case "PAUSE" -> control.pause(pauseWait.get());
            case "RESUME" -> control.resume();
            case "RECONNECT" -> control.reconnect();
            case "RELOAD" -> control.reload();
            default -> control.shutdown(false);
        };
    }

    private static long clientId(ConsoleStatement statement) {
        int at = statement.at(1, "CONNECTION") || statement.at(1, "CLIENT") ? 2 : 1;
        if (statement.size() != at + 1 || !statement.word(at).matches("\\d{1,10}")) {
            throw new IllegalArgumentException("expected KILL <client>, the id of a row of SHOW CLIENTS");
        }
        return Long.parseLong(statement.word(at));
    }

    private List<HelpRow> help() {
        List<HelpRow> rows = new ArrayList<>();
        for (View each : View.values()) {
            rows.add(new HelpRow("SHOW " + each.name(), each.meaning(), "read-only"));
        }
        rows.add(new HelpRow(
                "SHOW ... LIKE 'pattern'",
                "rows with a text like it; also WHERE column LIKE 'pattern', WHERE column = value",
                "read-only"));
        rows.add(
                new HelpRow("PAUSE", "give no backend to anybody; clients wait up to their queue timeout", "operator"));
        rows.add(new HelpRow("RESUME", "end PAUSE", "operator"));
        rows.add(new HelpRow(
                "RECONNECT",
                "replace every connection to the database, leased ones when their lease ends",
                "operator"));
        rows.add(new HelpRow("RELOAD", "read the configuration again; a refusal changes nothing", "operator"));
        rows.add(new HelpRow("KILL <client>", "end a client's connection and what runs for it", "operator"));
        rows.add(new HelpRow(
                "SET <class>.<key> = <value>", "change a key of a client class until the next RELOAD", "operator"));
        rows.add(new HelpRow("SHUTDOWN", "end the process at once", "operator"));
        rows.add(new HelpRow("SHUTDOWN WAIT", "drain, then end the process", "operator"));
        return rows;
    }
}
