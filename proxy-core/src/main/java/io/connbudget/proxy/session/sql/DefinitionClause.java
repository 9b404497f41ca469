package io.connbudget.proxy.session.sql;

/** CREATE, ALTER, DROP and RENAME: temporary tables, dropped names, routine bodies. */
final class DefinitionClause extends Clause {
    private static final int OBJECT = 0;
    private static final int NAMES = 1;
    private static final int REST = 2;
    private static final int PREPARED_NAME = 3;

    private final StringBuilder name = new StringBuilder();
    private int verb;
    private int state;
    private boolean temporary;
    private boolean nameComplete;

    DefinitionClause(FactsCollector out) {
        super(out);
    }

    @Override
    void begin(int verbCode) {
        verb = verbCode;
        state = OBJECT;
        temporary = false;
        nameComplete = false;
        name.setLength(0);
        if (verbCode != Code.DROP) {
            out.add(Facts.DDL);
        }
    }

    @Override
    void token(Token token) {
        switch (state) {
            case OBJECT -> object(token);
            case NAMES -> names(token);
            case PREPARED_NAME -> {
                if (token.isName()) {
                    out.found.deallocated(token.text());
                    state = REST;
                }
            }
            default -> {
                if (token.code == Code.RENAME && verb == Code.ALTER) {
                    out.add(Facts.RENAMES_TABLE);
                }
            }
        }
    }

    @Override
    void end() {
        if (state == NAMES) {
            finishName();
        }
    }

    private void object(Token token) {
        int code = token.code;
        if (verb == Code.DROP && code == Code.PREPARE) {
            out.add(Facts.SQL_DEALLOCATE);
            state = PREPARED_NAME;
            return;
        }
        if (verb == Code.DROP) {
            out.add(Facts.DDL);
        }
        if (out.previous == '=' || out.previous == '@' || code < Code.WORD) {
            return; // DEFINER = name, ALGORITHM = word
        }
        switch (code) {
            case Code.TEMPORARY -> temporary = true;
            case Code.TABLE, Code.SEQUENCE -> table();
            case Code.ROUTINE -> {
                state = REST;
                if (verb == Code.CREATE || verb == Code.ALTER) {
                    out.beginRoutine();
                }
            }
            case Code.SCHEMA -> {
                state = REST;
                if (verb != Code.DROP) {
                    out.add(Facts.DEFINES_SCHEMA);
                }
            }
            case Code.OTHER_OBJECT, Code.INDEX, Code.ROLE, Code.RESOURCE -> state = REST;
            default -> {}
        }
    }

    private void table() {
        state = REST;
        if (verb == Code.CREATE && temporary) {
            out.add(Facts.CREATES_TEMPORARY_TABLE);
            state = NAMES;
        } else if (verb == Code.DROP) {
            out.add(Facts.DROPS_TABLE);
            state = NAMES;
        } else if (verb == Code.RENAME) {
            out.add(Facts.RENAMES_TABLE);
        }
    }

    private void names(Token token) {
        switch (token.code) {
            case Code.IF, Code.NOT, Code.EXISTS, Code.RESTRICT -> {}
            case '.' -> name.append('.');
            case ',' -> finishName();
            default -> {
                if (token.isName() && !nameComplete && (name.isEmpty() || out.previous == '.')) {
                    name.append(token.text());
                } else if (verb == Code.CREATE) {
                    finishName();
                    state = REST;
                } else {
                    nameComplete = true;
                }
            }
        }
    }

    private void finishName() {
        if (!name.isEmpty()) {
            if (verb == Code.CREATE) {
                out.found.temporaryTable(name.toString());
            } else {
                out.found.droppedTable(name.toString());
            }
        }
        name.setLength(0);
        nameComplete = false;
    }
}
