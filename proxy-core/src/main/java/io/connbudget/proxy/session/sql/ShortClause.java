package io.connbudget.proxy.session.sql;

/** Statements of a few words: locks, transactions, HANDLER, KILL; and those in which another verb may follow: EXPLAIN, WITH, LOAD. */
final class ShortClause extends Clause {
    private int verb;
    /** Tokens seen, the verb not counted. */
    private int count;

    private String firstName = "";
    private boolean opened;
    private boolean query;
    private boolean decided;
    /** The number behind KILL; -1 where it is not one literal. */
    private long killed;

    private boolean toSavepoint;

    ShortClause(FactsCollector out) {
        super(out);
    }

    @Override
    void begin(int verbCode) {
        verb = verbCode;
        count = 0;
        firstName = "";
        opened = false;
        query = false;
        decided = false;
        killed = -1;
        toSavepoint = false;
        switch (verbCode) {
            case Code.BEGIN -> out.add(Facts.BEGINS_TRANSACTION);
            case Code.KILL -> out.add(Facts.KILLS);
            case Code.FLUSH -> out.add(Facts.DDL);
            default -> {}
        }
    }

    @Override
    void token(Token token) {
        count++;
        int code = token.code;
        switch (verb) {
            case Code.LOCK -> first(code == Code.INSTANCE ? Facts.INSTANCE_LOCK : Facts.LOCKS_TABLES);
            case Code.UNLOCK -> first(code == Code.INSTANCE ? Facts.INSTANCE_UNLOCK : Facts.UNLOCKS_TABLES);
            case Code.BACKUP -> backup(code);
            case Code.FLUSH -> {
                if (code == Code.LOCK || code == Code.EXPORT) {
                    out.add(Facts.GLOBAL_READ_LOCK);
                }
            }
            case Code.HANDLER -> handler(token, code);
            case Code.BEGIN -> first(code == Code.WORK ? 0 : Facts.UNKNOWN_VERB);
            case Code.START -> first(code == Code.TRANSACTION ? Facts.BEGINS_TRANSACTION : Facts.DDL);
            case Code.COMMIT, Code.ROLLBACK -> endOfTransaction(code);
            case Code.KILL -> kill(token, code);
            case Code.ANALYZE, Code.EXPLAIN, Code.WITH -> nested(code);
            case Code.LOAD -> {
                if (code == Code.LOCAL) {
                    out.add(Facts.LOAD_DATA_LOCAL);
                }
            }
            default -> {}
        }
    }

    @Override
    void end() {
        if (verb == Code.HANDLER && opened) {
            out.found.openedHandler(firstName);
        } else if (verb == Code.KILL && killed >= 0) {
            out.found.killTarget(new KillTarget(killed, query));
        } else if (verb == Code.COMMIT || verb == Code.ROLLBACK) {
            out.add(toSavepoint ? Facts.SAVEPOINT : Facts.ENDS_TRANSACTION);
        }
    }

    private void first(long facts) {
        if (count == 1) {
            out.add(facts);
        }
    }

    private void backup(int code) {
        boolean stage = out.previous == Code.STAGE && count == 2;
        if ((count == 1 && code == Code.UNLOCK) || (stage && code == Code.END)) {
            out.add(Facts.INSTANCE_UNLOCK);
        } else if ((count == 1 && code != Code.STAGE) || stage) {
            out.add(Facts.INSTANCE_LOCK);
        }
    }

    private void handler(Token token, int code) {
        if (decided && !opened) {
            return;
        }
        switch (code) {
            case Code.OPEN -> {
                if (count > 1) {
                    out.add(Facts.HANDLER_OPEN);
                    opened = true;
                    decided = true;
                    return;
                }
            }
            case Code.CLOSE -> {
                if (count > 1) {
                    out.add(Facts.HANDLER_CLOSE);
                    out.found.closedHandler(firstName);
                    decided = true;
                    return;
                }
            }
            case Code.READ -> decided |= count > 1;
            default -> {}
        }
        if (token.isName() && code != Code.AS) {
            firstName = firstName.endsWith(".") ? firstName + token.text() : token.text();
        } else if (code == '.') {
            firstName += ".";
        }
    }

    private void endOfTransaction(int code) {
        switch (code) {
            case Code.TO -> toSavepoint = true;
            case Code.RELEASE -> {
                if (out.previous != Code.NO) {
                    out.add(Facts.ENDS_CONNECTION);
                }
            }
            default -> {
                if (out.previous == Code.AND && code != Code.NO) {
                    out.add(Facts.BEGINS_TRANSACTION);
                }
            }
        }
    }

    private void kill(Token token, int code) {
        switch (code) {
            case Code.QUERY -> query = true;
            case Code.CONNECTION, Code.HARD -> {}
            case Code.NUMBER -> {
                if (!decided && token.to - token.from <= 18) {
                    String digits = token.text();
                    if (isDigits(digits)) {
                        killed = Long.parseLong(digits);
                    }
                } else {
                    killed = -1;
                }
                decided = true;
            }
            default -> {
                decided = true;
                killed = -1;
            }
        }
    }

    private static boolean isDigits(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private void nested(int code) {
        // Before a parenthesis both are functions.
        if ((out.previous == Code.INSERT || out.previous == Code.REPLACE) && code != '(') {
            out.writes(true);
        }
        switch (code) {
            case Code.UPDATE, Code.DELETE -> {
                if (out.previous != Code.FOR) {
                    out.writes(false);
                }
            }
            case Code.CONNECTION -> {
                if (out.previous == Code.FOR) {
                    out.add(Facts.OBSERVES_CONNECTION_ID);
                }
            }
            case Code.TABLE -> {
                if (verb == Code.ANALYZE) {
                    out.add(Facts.DDL);
                }
            }
            default -> {}
        }
    }
}
