package io.connbudget.proxy.session.sql;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Turns the tokens of a text into {@link Facts}: the rules that hold anywhere in a statement, and the choice of the {@link Clause}
 * that knows the rest of it.
 */
final class FactsCollector implements TokenSink {
    private static final Pattern SET_VAR = Pattern.compile("SET_VAR\\s*\\(\\s*(\\w+)\\s*=", Pattern.CASE_INSENSITIVE);

    final Found found = new Found();
    /** The dialect of the text under way. */
    SqlDialect dialect;
    /** The token before the one under way: a {@link Code} or a symbol. */
    int previous;
    /** How deep in parentheses the statement is. */
    int depth;

    long facts;
    /** How many texts of PREPARE or EXECUTE IMMEDIATE this one is inside of. */
    final int nesting;

    private final SetClause setClause = new SetClause(this);
    private final DefinitionClause definitionClause = new DefinitionClause(this);
    private final PreparedClause preparedClause = new PreparedClause(this);
    private final ShowClause showClause = new ShowClause(this);
    private final ShortClause shortClause = new ShortClause(this);
    private final RoutineBody body = new RoutineBody();
    private final LockCalls lockCalls = new LockCalls(this);
    private final VariableUses variables = new VariableUses(this);

    private @Nullable Clause clause;
    private @Nullable Word verb;
    private int statements;
    private boolean atStart;
    /** The statement that begins is the inner one of SET STATEMENT. */
    private boolean inner;

    private @Nullable Word previousWord;
    private boolean previousIsName;
    /** Tokens of the statement so far. */
    private int position;
    /** The token before the name that {@link #previous} ends. */
    private int beforeName;

    private boolean qualified;
    /** A parenthesis behind a name holds columns or the arguments of CALL. */
    private boolean listFollowsName;
    /** At depth 0 the names of common table expressions stand. */
    private boolean inWithList;
    /** Whether names before parentheses are calls; not so in definitions. */
    private boolean callsMatter;

    private boolean awaitsLastInsertIdArgument;
    private boolean lexingChanged;
    private final LooksBack looksBack = new LooksBack();

    FactsCollector(SqlDialect dialect, int nesting) {
        this.dialect = dialect;
        this.nesting = nesting;
    }

    void begin(SqlDialect readAs) {
        dialect = readAs;
        facts = 0;
        statements = 0;
        verb = null;
        lexingChanged = false;
        looksBack.begin();
        found.clear();
        restart(false);
    }

    /** The next token begins a statement. */
    private void restart(boolean innerStatement) {
        inner = innerStatement;
        atStart = true;
        clause = null;
        position = 0;
        depth = 0;
        previous = Code.NONE;
        previousWord = null;
        previousIsName = false;
        beforeName = Code.NONE;
        qualified = false;
        listFollowsName = false;
        inWithList = false;
        callsMatter = true;
        awaitsLastInsertIdArgument = false;
        body.close();
        lockCalls.forget();
        variables.forget();
    }

    /** The text has ended. */
    void end() {
        if (body.isOpen() && body.isInside()) {
            doubt();
        }
        endStatement();
        if (statements > 1) {
            found.assignedLiteral(null);
        }
    }

    int statements() {
        return statements;
    }

    /** The first statement's verb; null where it is not known or there is no statement. */
    @Nullable Word verb() {
        return verb;
    }

    void add(long more) {
        facts |= more;
    }

    @Override
    public void doubt() {
        facts |= Facts.UNTERMINATED;
    }

    /** What follows this statement in the same text is read by rules that it has changed. */
    void changesLexing() {
        lexingChanged = true;
    }

    void assigned(String userVariable) {
        facts |= Facts.ASSIGNS_USER_VARIABLE;
        found.assignedUserVariable(userVariable);
    }

    @Override
    public void hint(CharSequence text) {
        if (text.length() > 0) {
            Matcher matcher = SET_VAR.matcher(text);
            while (matcher.find()) {
                found.statementVariable(matcher.group(1).toLowerCase(Locale.ROOT));
            }
        }
    }

    /** The statement inside SET STATEMENT ... FOR follows. */
    void beginInnerStatement() {
        restart(true);
    }

    /** What follows up to the end of the statement is a routine's definition that does not run. */
    void beginRoutine() {
        body.open();
        clause = null;
    }

    /** Whether the name under way stands directly behind SELECT or DO. */
    boolean verbIsSelectOrDo() {
        return beforeName == Code.SELECT || beforeName == Code.DO;
    }

    @Override
    public boolean allowsHint() {
        return previous >= Code.SELECT && previous <= Code.DELETE;
    }

    /** The {@code @@} just read is assigned, not read. */
    void assignsSystemVariable() {
        variables.assignsSystemVariable();
    }

    @Override
    public void token(Token token) {
        int code = token.code;
        if (body.isOpen()) {
            if (code != ';' || body.isInside()) {
                body.token(token);
                return;
            }
        }
        if (code == ';') {
            endStatement();
            restart(false);
            return;
        }
        if (atStart) {
            if (code != '(') {
                start(token);
            } else {
                depth++;
            }
        } else {
            general(token, code);
            if (clause != null) {
                clause.token(token);
                if (atStart) {
                    return;
                }
            }
        }
        position++;
        shift(token, code);
    }

    private void shift(Token token, int code) {
        if (token.isName()) {
            if (previous != '.' || !qualified) {
                beforeName = previous;
                qualified = false;
            }
            previousIsName = true;
            previousWord = token.word;
        } else {
            qualified = code == '.' && previousIsName;
            previousIsName = false;
            previousWord = null;
        }
        previous = code;
    }

    private void start(Token token) {
        atStart = false;
        if (!inner && ++statements > 1) {
            facts |= Facts.MULTIPLE_STATEMENTS;
            if (lexingChanged) {
                doubt();
            }
        }
        Word word = token.word;
        if (token.code < Code.WORD || word == null || !word.verb) {
            facts |= Facts.UNKNOWN_VERB;
            return;
        }
        if (!inner) {
            verb = statements == 1 ? word : verb;
            looksBack.verb(word.code);
        }
        verb(word.code);
    }

    private void verb(int code) {
        switch (code) {
            case Code.SELECT, Code.READ_ONLY, Code.VALUES, Code.TABLE, Code.DO -> {}
            case Code.INSERT, Code.REPLACE -> writes(true);
            case Code.UPDATE, Code.DELETE -> writes(false);
            case Code.LOAD -> {
                writes(true);
                variables.assignsEvery();
                use(shortClause, code);
            }
            case Code.WITH -> {
                inWithList = true;
                use(shortClause, code);
            }
            case Code.SET -> use(setClause, code);
            case Code.CREATE, Code.ALTER, Code.DROP, Code.RENAME -> {
                callsMatter = false;
                use(definitionClause, code);
            }
            case Code.DEFINE -> {
                facts |= Facts.DDL;
                callsMatter = false;
            }
            case Code.SHOW -> use(showClause, code);
            case Code.GET -> {
                facts |= Facts.OBSERVES_DIAGNOSTICS;
                variables.assignsEvery();
            }
            case Code.CALL -> {
                facts |= Facts.CALLS_ROUTINE;
                variables.assignsEvery();
                listFollowsName = true;
            }
            case Code.PREPARE, Code.EXECUTE, Code.DEALLOCATE -> use(preparedClause, code);
            case Code.XA -> facts |= Facts.XA;
            case Code.SAVEPOINT, Code.RELEASE -> facts |= Facts.SAVEPOINT;
            case Code.USE -> facts |= Facts.USES_SCHEMA;
            default -> use(shortClause, code);
        }
    }

    private void use(Clause next, int verbCode) {
        clause = next;
        next.begin(verbCode);
    }

    /** A statement that writes begins here; where it names a table's columns, that list is no call. */
    void writes(boolean columnsMayFollow) {
        facts |= Facts.WRITES_DATA;
        listFollowsName = columnsMayFollow;
    }

    private void endStatement() {
        if (clause != null) {
            clause.end();
        }
        lockCalls.end();
        facts = looksBack.endStatement(facts, dialect);
    }

    private void general(Token token, int code) {
        if (awaitsLastInsertIdArgument) {
            awaitsLastInsertIdArgument = false;
            facts |= code == ')' ? Facts.OBSERVES_LAST_INSERT_ID : Facts.SETS_LAST_INSERT_ID;
        }
        variables.token(code);
        lockCalls.token(token);
        if (code >= Code.WORD) {
            word(token, code);
            return;
        }
        switch (code) {
            case '(' -> {
                if (previousIsName) {
                    called();
                } else {
                    listFollowsName = false;
                    inWithList &= previous != ')' || depth > 0;
                }
                depth++;
            }
            case ')' -> depth = Math.max(0, depth - 1);
            case Code.USER_VARIABLE -> variables.userVariable(token);
            case Code.ASSIGN -> variables.assign();
            case Code.AT_AT -> variables.beginSystemVariable();
            case Code.QUOTED_NAME -> variables.name(token.word);
            case '[' -> {
                // With sql_mode=MSSQL, MariaDB takes brackets for quotes.
                if (dialect.mariaDb()) {
                    doubt();
                }
            }
            default -> {}
        }
    }

    private void word(Token token, int code) {
        Word word = token.word;
        if (word == null) {
            variables.unknownName();
            return;
        }
        facts |= word.anywhere;
        variables.name(word);
        if (inWithList && depth == 0 && code != Code.AS && code != Code.RECURSIVE) {
            inWithList = false;
        }
        switch (code) {
            case Code.INTO -> variables.into();
            case Code.SELECT, Code.ROW -> {
                callsMatter = true;
                listFollowsName = false;
            }
            case Code.VALUES, Code.VALUE, Code.SET -> {
                listFollowsName = false;
                if (code == Code.VALUE && previous == Code.NEXT) {
                    facts |= Facts.ADVANCES_SEQUENCE;
                } else if (code == Code.VALUE && previous == Code.PREVIOUS) {
                    facts |= Facts.OBSERVES_SEQUENCE;
                }
            }
            default -> {}
        }
    }

    /** A parenthesis behind a name: a call, a list of columns or a part of the grammar. */
    private void called() {
        Word word = previousWord;
        if (word != null) {
            facts |= word.called;
            if (word.code == Code.LAST_INSERT_ID) {
                awaitsLastInsertIdArgument = true;
            } else if (word.code >= Code.GET_LOCK) {
                lockCalls.called(word.code, position == 2 && !qualified && previous != Code.QUOTED_NAME);
            }
        }
        if (previous == Code.VALUES) {
            callsMatter = true; // CREATE TABLE ... VALUES (...)
        }
        boolean explained = previous >= Code.WORD && !qualified && word != null && word.explainsParenthesis(dialect);
        boolean list = listFollowsName || isListOfNames();
        listFollowsName = false;
        if (!explained && callsMatter && !list) {
            facts |= Facts.CALLS_UNKNOWN_FUNCTION;
        }
    }

    /** Names of columns behind an alias or a common table expression, where no call can stand. */
    private boolean isListOfNames() {
        return switch (beforeName) {
            case Code.AS, Code.WITH, Code.RECURSIVE, ')', Code.STRING, Code.NUMBER, Code.USER_VARIABLE -> true;
            default -> inWithList && depth == 0;
        };
    }
}
