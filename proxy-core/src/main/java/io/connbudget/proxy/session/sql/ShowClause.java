package io.connbudget.proxy.session.sql;

import java.util.List;

/** SHOW: diagnostics, status, and the variables among which values of the session's last statement are. */
final class ShowClause extends Clause {
    private static final long VARIABLES =
            Facts.OBSERVES_LAST_INSERT_ID | Facts.OBSERVES_DIAGNOSTICS | Facts.OBSERVES_CONNECTION_ID;
    /** Variables that SHOW VARIABLES lists and that belong to one connection or its last statement. */
    private static final List<String> LIVE_VARIABLES = List.of(
            "last_insert_id",
            "insert_id",
            "identity",
            "warning_count",
            "error_count",
            "pseudo_thread_id",
            "last_gtid",
            "statement_id");

    private static final int WHAT = 0;
    private static final int FILTER = 1;
    private static final int NAMES = 2;
    private static final int CONNECTION = 3;
    private static final int REST = 4;

    private int state;
    private boolean matchedAll;

    ShowClause(FactsCollector out) {
        super(out);
    }

    @Override
    void begin(int verb) {
        state = WHAT;
        matchedAll = true;
    }

    @Override
    void token(Token token) {
        switch (state) {
            case WHAT -> what(token.code);
            case FILTER -> {
                state = REST;
                if (token.code == Code.LIKE || token.code == Code.WHERE) {
                    matchedAll = false;
                    state = NAMES;
                } else {
                    out.add(VARIABLES);
                }
            }
            case NAMES -> names(token);
            case CONNECTION -> {
                if (token.code == Code.FOR) {
                    out.add(Facts.OBSERVES_CONNECTION_ID);
                }
            }
            default -> {}
        }
    }

    @Override
    void end() {
        if (state == FILTER && matchedAll) {
            out.add(VARIABLES);
        }
    }

    private void what(int code) {
        switch (code) {
            case Code.WARNINGS -> out.add(Facts.OBSERVES_DIAGNOSTICS);
            case Code.PROFILE -> out.add(Facts.OBSERVES_SESSION_STATUS);
            case Code.STATUS -> {
                if (ofSession()) {
                    out.add(Facts.OBSERVES_SESSION_STATUS);
                }
            }
            case Code.VARIABLES -> state = ofSession() ? FILTER : REST;
            case Code.EXPLAIN, Code.ANALYZE -> state = CONNECTION;
            default -> {}
        }
    }

    private boolean ofSession() {
        return switch (out.previous) {
            case Code.SHOW, Code.SESSION, Code.LOCAL -> true;
            default -> false;
        };
    }

    /** A filter that only compares the name with literals shows no more than those match. */
    private void names(Token token) {
        switch (token.code) {
            case Code.STRING -> {
                String pattern = token.text();
                boolean live = token.cut || out.previous == Code.STRING; // 'a' 'b' is 'ab'
                for (String variable : LIVE_VARIABLES) {
                    live |= LikePattern.matches(pattern, variable);
                }
                if (live) {
                    out.add(VARIABLES | Facts.OBSERVES_SESSION_STATUS);
                }
            }
            case Code.VARIABLE_NAME, Code.OR, Code.LIKE, Code.IN, '=', '(', ')', ',' -> {}
            case Code.QUOTED_NAME -> {
                if (token.word == null || token.word.code != Code.VARIABLE_NAME) {
                    out.add(VARIABLES);
                }
            }
            default -> out.add(VARIABLES);
        }
    }
}
