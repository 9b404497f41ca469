package io.connbudget.proxy.session.sql;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds where a text asks for the id of the connection that it runs on: CONNECTION_ID() and {@code @@pseudo_thread_id}. Rare, so
 * it allocates what it needs.
 *
 * <p>Left out is what must stay as it is: the text of a definition (a view, a default, a routine), which others run later, and a
 * statement that compares the id with what the server shows of its connections: IS_USED_LOCK, PS_THREAD_ID and whatever names one
 * of the server's own schemas.
 *
 * <pre>
 *   NONE --CONNECTION_ID--> CALLED --(--> OPENED --)--> ended
 *     \--@@--> VARIABLE --SESSION, LOCAL--> SCOPED --.--> VARIABLE --PSEUDO_THREAD_ID--> ended
 *   ended --the token behind it--> NONE, and what was found is kept, unless SET assigns it
 * </pre>
 */
public final class ConnectionIdUses implements TokenSink {
    /**
     * One use.
     *
     * @param from where it begins in the text, inclusive
     * @param to where it ends, exclusive
     * @param variable whether it is the variable
     * @param column whether it is a column of a SELECT by itself, without an alias; nothing of it is quoted then
     */
    public record Use(int from, int to, boolean variable, boolean column) {}

    private enum Stage {
        NONE,
        CALLED,
        OPENED,
        VARIABLE,
        SCOPED
    }

    private static final Set<String> SERVERS_SCHEMAS =
            Set.of("information_schema", "performance_schema", "sys", "mysql");

    private final List<Use> uses = new ArrayList<>(1);
    private final boolean inServersSchema;
    private Stage stage = Stage.NONE;
    private int begin;
    /** Where the use that has ended ends; -1 where none waits for the token behind it. */
    private int end = -1;

    private boolean variable;
    private boolean column;
    private boolean doubtful;

    private int previous = Code.NONE;
    private boolean previousIsServersSchema;
    private int depth;
    /** Uses of the statements before this one. */
    private int ofOthers;

    private boolean sets;
    private boolean selects;
    private boolean compared;
    /** The text is a definition's; that of CREATE TABLE up to its SELECT. */
    private boolean defines;
    /** What is defined has not been read yet. */
    private boolean objectFollows;

    private boolean definesTable;
    private final RoutineBody body = new RoutineBody();

    private ConnectionIdUses(boolean inServersSchema) {
        this.inServersSchema = inServersSchema;
    }

    /**
     * The uses in a whole text, in their order; none where it is not certain where one of its tokens ends.
     *
     * @param schema the session's schema; null for none
     */
    public static List<Use> find(byte[] text, SqlDialect dialect, @Nullable String schema) {
        ConnectionIdUses found = new ConnectionIdUses(schema != null && isServersSchema(schema));
        Tokenizer tokenizer = new Tokenizer(found, dialect);
        tokenizer.begin(dialect);
        // Every token ends before the space, so that all have their place in the array.
        byte[] bytes = Arrays.copyOf(text, text.length + 1);
        bytes[text.length] = ' ';
        tokenizer.feed(bytes, 0, bytes.length);
        tokenizer.end();
        found.endStatement();
        return found.doubtful ? List.of() : found.uses;
    }

    @Override
    public void token(Token token) {
        int code = token.code;
        if (body.isOpen() && (code != ';' || body.isInside())) {
            body.token(token);
            return;
        }
        keep(code);
        if (code == ';') {
            endStatement();
            return;
        }
        statement(token, code);
        stage = next(token, code);
        previousIsServersSchema = token.isName() && isServersSchema(token.text());
        previous = code;
    }

    @Override
    public void doubt() {
        doubtful = true;
    }

    @Override
    public boolean allowsHint() {
        return false;
    }

    @Override
    public void hint(CharSequence text) {}

    /** Takes up the use that has ended; the code of the token behind it, {@link Code#NONE} where there is none. */
    private void keep(int code) {
        boolean assigned = variable && sets && depth == 0 && (code == '=' || code == Code.ASSIGN);
        if (end >= 0 && !assigned) {
            boolean whole = code == ',' || code == ';' || code == Code.FROM || code == Code.NONE;
            uses.add(new Use(begin, end, variable, column && whole));
        }
        end = -1;
    }

    private void endStatement() {
        keep(Code.NONE);
        if (compared) {
            uses.subList(ofOthers, uses.size()).clear();
        }
        ofOthers = uses.size();
        stage = Stage.NONE;
        previous = Code.NONE;
        depth = 0;
        sets = false;
        selects = false;
        compared = false;
        defines = false;
        objectFollows = false;
        definesTable = false;
        body.close();
    }

    private void statement(Token token, int code) {
        Word word = token.word;
        if (word != null && code >= Code.WORD) {
            compared |= (word.anywhere & Facts.OBSERVES_CONNECTION_ID) != 0;
            definition(code);
        }
        switch (code) {
            case '(' -> depth++;
            case ')' -> depth = Math.max(0, depth - 1);
            case '.' -> compared |= previousIsServersSchema;
            case Code.SET -> sets |= previous == Code.NONE;
            // The statement of SET STATEMENT follows.
            case Code.FOR -> sets = false;
            case Code.SELECT -> selects |= depth == 0;
            case Code.FROM -> {
                selects &= depth > 0;
                compared |= inServersSchema;
            }
            default -> {}
        }
    }

    private void definition(int code) {
        if ((code == Code.CREATE || code == Code.ALTER) && previous != Code.SHOW) {
            defines = true;
            objectFollows = true;
        } else if (code == Code.SELECT && definesTable) {
            defines = false;
        } else if (objectFollows && previous != '=' && previous != '@') {
            // Not behind DEFINER = and the like.
            definesTable = code == Code.TABLE;
            if (code == Code.ROUTINE) {
                body.open();
            }
            objectFollows = !definesTable && code != Code.ROUTINE && code != Code.OTHER_OBJECT;
        }
    }

    private Stage next(Token token, int code) {
        Word word = token.word;
        switch (stage) {
            case CALLED -> {
                if (code == '(') {
                    return Stage.OPENED;
                }
            }
            case OPENED -> {
                if (code == ')') {
                    end(token.at + 1);
                    return Stage.NONE;
                }
            }
            case VARIABLE -> {
                if (code == Code.SESSION || code == Code.LOCAL) {
                    return Stage.SCOPED;
                }
                if (word != null && (word.asVariable & Facts.OBSERVES_CONNECTION_ID) != 0) {
                    column &= token.quote == 0;
                    end(token.quote == 0 ? token.to : token.to + 1);
                    return Stage.NONE;
                }
            }
            case SCOPED -> {
                if (code == '.') {
                    return Stage.VARIABLE;
                }
            }
            case NONE -> {}
        }
        if (code == Code.AT_AT) {
            begin(token.at, true);
            return Stage.VARIABLE;
        }
        if (!token.isName() || word == null || (word.called & Facts.OBSERVES_CONNECTION_ID) == 0 || previous == '.') {
            return Stage.NONE;
        }
        if (!word.name.equals("CONNECTION_ID")) {
            compared = true;
            return Stage.NONE;
        }
        begin(token.quote == 0 ? token.from : token.from - 1, false);
        column &= token.quote == 0;
        return Stage.CALLED;
    }

    private void begin(int at, boolean isVariable) {
        begin = at;
        variable = isVariable;
        column = selects && depth == 0 && (previous == Code.SELECT || previous == ',');
    }

    private void end(int at) {
        if (!defines) {
            end = at;
        }
    }

    private static boolean isServersSchema(String name) {
        return SERVERS_SCHEMAS.contains(name.toLowerCase(Locale.ROOT));
    }
}
