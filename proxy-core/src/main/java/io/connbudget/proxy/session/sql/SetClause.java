package io.connbudget.proxy.session.sql;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** SET in all its forms. */
final class SetClause extends Clause {
    private static final int LONGEST_LITERAL = 1024;
    private static final byte[] SESSION_TRACK = "SESSION_TRACK".getBytes(StandardCharsets.US_ASCII);

    private static final Set<String> UNANNOUNCED = Set.of("timestamp", "insert_id", "rand_seed1", "rand_seed2");

    private static final int ITEM = 0;
    /** Behind GLOBAL, SESSION, LOCAL. */
    private static final int SCOPED = 1;
    /** In a variable's name, up to the equals sign. */
    private static final int TARGET = 2;

    private static final int EXPRESSION = 3;
    /** Nothing up to the end of the statement matters. */
    private static final int REST = 4;

    private int state;
    private boolean global;
    private boolean firstItem;
    private boolean forStatement;
    /** The character set of the client is being set, by another word than NAMES. */
    private boolean clientCharset;

    /** The steps of a lone {@code SET @x = literal}: 0 none, 1 name, 2 sign seen, 3 literal seen, -1 something else. */
    private int literalStep;

    private @Nullable String literal;
    private String sign = "";

    SetClause(FactsCollector out) {
        super(out);
    }

    @Override
    void begin(int verb) {
        state = ITEM;
        global = false;
        firstItem = true;
        forStatement = false;
        clientCharset = false;
        literalStep = 0;
        literal = null;
        sign = "";
    }

    @Override
    void token(Token token) {
        int code = token.code;
        literal(token, code);
        if (out.depth == 0 && code == ',' && state != REST) {
            state = ITEM;
            firstItem = false;
            clientCharset = false;
            return;
        }
        if (forStatement && out.depth == 0 && code == Code.FOR) {
            out.beginInnerStatement();
            return;
        }
        switch (state) {
            case ITEM -> item(token, code);
            case SCOPED -> scoped(token, code);
            case TARGET -> target(token, code);
            case EXPRESSION -> {
                if (clientCharset && code == Code.DEFAULT) {
                    out.add(Facts.SETS_CLIENT_COLLATION);
                }
            }
            default -> {}
        }
    }

    @Override
    void end() {
        if (literalStep == 3 && out.statements() == 1) {
            out.found.assignedLiteral(literal);
        }
    }

    private void item(Token token, int code) {
        state = EXPRESSION;
        switch (code) {
            case Code.USER_VARIABLE -> out.assigned(token.text());
            case Code.AT_AT -> {
                out.assignsSystemVariable();
                state = SCOPED;
                global = false;
            }
            case Code.GLOBAL -> {
                state = SCOPED;
                global = true;
            }
            case Code.SESSION, Code.LOCAL -> {
                state = SCOPED;
                global = false;
            }
            case Code.NAMES -> {
                out.add(Facts.SETS_NAMES | Facts.SETS_CLIENT_COLLATION);
                out.changesLexing();
            }
            case Code.CHARACTER -> {
                out.add(Facts.SETS_NAMES | Facts.SETS_CLIENT_CHARSET);
                out.changesLexing();
                clientCharset = true;
            }
            case Code.TRANSACTION -> {
                out.add(Facts.SETS_TRANSACTION);
                state = REST;
            }
            case Code.ROLE -> whole(Facts.SETS_ROLE, token);
            case Code.DEFAULT, Code.PASSWORD -> whole(Facts.DDL, token);
            case Code.RESOURCE -> whole(Facts.SETS_RESOURCE_GROUP, token);
            case Code.STATEMENT -> {
                if (firstItem) {
                    out.add(Facts.SET_STATEMENT);
                    forStatement = true;
                    state = ITEM;
                } else {
                    variable(token);
                }
            }
            default -> {
                global = false;
                variable(token);
            }
        }
    }

    private void whole(long facts, Token token) {
        out.add(facts);
        if (firstItem) {
            state = REST;
        } else {
            variable(token);
        }
    }

    /** Behind {@code @@} or a scope: a scope may still follow, then a name. */
    private void scoped(Token token, int code) {
        switch (code) {
            case '.', Code.AT_AT -> {}
            case Code.SESSION, Code.LOCAL -> global = false;
            case Code.GLOBAL -> global = true;
            case Code.TRANSACTION -> {
                out.add(Facts.SETS_TRANSACTION | (global ? Facts.SETS_GLOBAL : 0));
                state = REST;
            }
            default -> {
                if (out.previous == Code.AT_AT) {
                    out.add(Facts.SETS_UNSCOPED);
                }
                variable(token);
            }
        }
    }

    private void target(Token token, int code) {
        if (code == '=' || code == Code.ASSIGN) {
            state = EXPRESSION;
        } else if (token.isName()) {
            variable(token);
        }
    }

    private void variable(Token token) {
        state = TARGET;
        out.add(global ? Facts.SETS_GLOBAL : Facts.SETS_VARIABLE);
        if (token.startsWithIgnoreCase(SESSION_TRACK)) {
            out.add(Facts.SETS_SESSION_TRACKING);
        }
        Word word = token.word;
        if (word != null) {
            out.add(word.assigned);
        }
        String name = token.text();
        if (forStatement) {
            out.found.statementVariable(name.toLowerCase(Locale.ROOT));
        }
        if (isUnannounced(name)) {
            out.add(Facts.SETS_UNANNOUNCED);
        }
        if (name.equalsIgnoreCase("character_set_client")) {
            out.add(Facts.SETS_CLIENT_CHARSET);
            out.changesLexing();
            clientCharset = true;
        } else if (name.equalsIgnoreCase("sql_mode")) {
            out.changesLexing();
        } else if (name.equalsIgnoreCase("collation_connection") || name.equalsIgnoreCase("character_set_connection")) {
            out.add(Facts.SETS_CONNECTION_COLLATION);
        }
    }

    /** Variables without a place of their own in MariaDB's session: those of plugins, and those that are computed. */
    private static boolean isUnannounced(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return UNANNOUNCED.contains(lower) || lower.startsWith("innodb_") || lower.startsWith("aria_");
    }

    private void literal(Token token, int code) {
        int step = literalStep;
        literalStep = -1;
        if (step == 0 && code == Code.USER_VARIABLE) {
            literalStep = 1;
        } else if (step == 1 && (code == '=' || code == Code.ASSIGN)) {
            literalStep = 2;
        } else if (step == 2 && code == '-' && sign.isEmpty()) {
            sign = "-";
            literalStep = 2;
        } else if (step == 2 && isLiteral(token, code)) {
            String quote = token.quote == 0 ? "" : String.valueOf((char) token.quote);
            literal = sign
                    + quote
                    + new String(token.bytes, token.from, token.to - token.from, StandardCharsets.US_ASCII)
                    + quote;
            literalStep = 3;
        }
    }

    private boolean isLiteral(Token token, int code) {
        if (token.cut || token.to - token.from > LONGEST_LITERAL) {
            return false;
        }
        for (int i = token.from; i < token.to; i++) {
            if (token.bytes[i] < 0) {
                return false;
            }
        }
        boolean isNull = code >= Code.WORD && sign.isEmpty() && token.text().equalsIgnoreCase("null");
        return code == Code.NUMBER || (code == Code.STRING && sign.isEmpty()) || isNull;
    }
}
