package io.connbudget.proxy.session;

import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.ServerStatus;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The conversation of one authenticated client, apart from any backend. Owned by the client's event loop.
 *
 * <p>It begins at login, begins again with COM_CHANGE_USER (another object) and returns to its login state with
 * COM_RESET_CONNECTION.
 */
public final class ClientSession {
    /** MariaDB only; MySQL has no use for the bit. */
    private static final int MARIADB_ANSI_QUOTES = 0x8000;

    private static final int OF_SQL_MODE = ServerStatus.NO_BACKSLASH_ESCAPES | MARIADB_ANSI_QUOTES;

    /** In the place of a statement's id: the one prepared last. MariaDB's LAST_STMT_ID; MySQL has none of the kind. */
    private static final int LAST_PREPARED = 0xffffffff;

    private static final int LASTING =
            ServerStatus.AUTOCOMMIT | ServerStatus.IN_TRANS | ServerStatus.IN_TRANS_READONLY | OF_SQL_MODE;

    private final long connectionId;
    private final String user;
    private final String backendUser;
    private final int capabilities;
    private final Map<String, String> attributes;
    private final SessionState resetState;
    private final LastStatement last;
    private final Pins pins = new Pins();
    private final SessionVariables userVariables = new SessionVariables();
    private final UnreplayableVariables unreplayable;
    private @Nullable HeldThings held;
    private @Nullable Predicate<String> schemas;
    private SessionState state;
    private boolean multiStatements;
    private final int statusAtLogin;
    private int status;
    private long lastInsertId;
    private @Nullable IntObjectMap<ClientStatement> statements;
    private int lastStatementId;
    private final boolean takesLastPrepared;
    private @Nullable ClientStatement lastPrepared;
    private int openCursors;
    private int withLongData;

    /**
     * @param connectionId the id that the greeting told the client; ours, not a backend's
     * @param backendUser the account at the database that its statements run as
     * @param capabilities what client and proxy agreed on
     * @param attributes the client's connection attributes, immutable
     * @param charset what the login's collation id stands for
     * @param schema the schema named at login, or null
     */
    public ClientSession(
            long connectionId,
            String user,
            String backendUser,
            int capabilities,
            Map<String, String> attributes,
            @Nullable String schema,
            ConnectionCharset charset,
            ServerProfile profile) {
        this.connectionId = connectionId;
        this.user = user;
        this.backendUser = backendUser;
        this.capabilities = capabilities;
        this.attributes = attributes;
        this.state = atLogin(schema, charset, capabilities, profile);
        // MySQL's COM_RESET_CONNECTION goes back to the server's character set and keeps the SQL mode of IGNORE_SPACE,
        // MariaDB's goes back to the login's character set without that mode.
        this.resetState = profile.mariaDb()
                ? begun(schema, charset, profile)
                : atLogin(schema, profile.defaultCollation(), capabilities, profile);
        this.last = new LastStatement(profile.mariaDb());
        this.takesLastPrepared = profile.mariaDb();
        this.unreplayable = new UnreplayableVariables(profile.defaults());
        this.statusAtLogin = profile.defaultStatus();
        this.status = statusAtLogin;
        this.multiStatements = Capabilities.has(capabilities, Capabilities.MULTI_STATEMENTS);
    }

    private static SessionState atLogin(
            @Nullable String schema, ConnectionCharset charset, int capabilities, ServerProfile profile) {
        SessionState state = begun(schema, charset, profile);
        return Capabilities.has(capabilities, Capabilities.IGNORE_SPACE)
                ? state.with("sql_mode", withIgnoreSpace(profile.defaultSqlMode()))
                : state;
    }

    private static SessionState begun(@Nullable String schema, ConnectionCharset charset, ServerProfile profile) {
        SessionState state = SessionState.atLogin(schema, charset);
        return profile.mariaDb()
                ? state.with(SessionState.CLIENT_COLLATION, charset.collation())
                : state.with(SessionState.RESULTS_COLLATION, Integer.toString(charset.collationId()));
    }

    /** As the server does it: the capability is a bit of the session's SQL mode. */
    private static String withIgnoreSpace(String mode) {
        return mode.isEmpty() ? "IGNORE_SPACE" : mode + ",IGNORE_SPACE";
    }

    public long connectionId() {
        return connectionId;
    }

    public String user() {
        return user;
    }

    /** The account at the database that its statements run as. */
    public String backendUser() {
        return backendUser;
    }

    /** Limits the account to the schemas that the predicate takes; null for no limit. */
    public void schemas(@Nullable Predicate<String> allowed) {
        schemas = allowed;
    }

    /** Whether there are schemas that the account may not select. */
    public boolean limitsSchemas() {
        return schemas != null;
    }

    /** Whether the account may select this schema, as far as the proxy is asked. */
    public boolean mayUseSchema(String name) {
        return schemas == null || schemas.test(name);
    }

    public int capabilities() {
        return capabilities;
    }

    public Map<String, String> attributes() {
        return attributes;
    }

    public SessionState state() {
        return state;
    }

    public void state(SessionState now) {
        state = now;
    }

    public Pins pins() {
        return pins;
    }

    /** The user variables that the session has. */
    public SessionVariables userVariables() {
        return userVariables;
    }

    /** The variables that pin it. */
    UnreplayableVariables unreplayable() {
        return unreplayable;
    }

    /** What only one backend can hold for it; null when there has been nothing of the kind. */
    @Nullable HeldThings heldThings() {
        return held;
    }

    HeldThings makeHeldThings() {
        HeldThings things = held;
        if (things == null) {
            things = new HeldThings();
            held = things;
        }
        return things;
    }

    /** The multi-statement option: from the login's capabilities, changed by COM_SET_OPTION. */
    public boolean multiStatements() {
        return multiStatements;
    }

    public void multiStatements(boolean on) {
        multiStatements = on;
    }

    /** The server status flags that the client saw last and that hold beyond one statement, for answers of the proxy's own. */
    public int status() {
        return status;
    }

    public void status(int flags) {
        status(flags, false);
    }

    /** @param ofOneStatement whether the SQL mode was that of one statement, after which the session's own holds again */
    void status(int flags, boolean ofOneStatement) {
        status = ofOneStatement ? (flags & LASTING & ~OF_SQL_MODE) | (status & OF_SQL_MODE) : flags & LASTING;
    }

    /** What LAST_INSERT_ID() must give; 0 before the first generated id. */
    public long lastInsertId() {
        return lastInsertId;
    }

    public void lastInsertId(long id) {
        lastInsertId = id;
    }

    /** What the last statement left to be asked for. */
    public LastStatement last() {
        return last;
    }

    /** Registers a prepared statement under an id of ours. */
    public ClientStatement addStatement(StatementText text, int parameters) {
        if (statements == null) {
            statements = new IntObjectHashMap<>(4);
        }
        do {
            lastStatementId = lastStatementId == Integer.MAX_VALUE ? 1 : lastStatementId + 1;
        } while (statements.containsKey(lastStatementId));
        ClientStatement statement = new ClientStatement(lastStatementId, text, parameters);
        statements.put(lastStatementId, statement);
        lastPrepared = statement;
        if (text.facts().has(Facts.READS_USER_VARIABLE)) {
            userVariables.readerPrepared();
        }
        return statement;
    }

    /**
     * A preparation begins. Until it has succeeded no statement is the one prepared last: a client that has sent the execution
     * behind it, by that name, must not run another statement.
     */
    public void preparing() {
        lastPrepared = null;
    }

    /** What a client means by an id; null where it has no such statement. */
    public @Nullable ClientStatement statement(int id) {
        if (takesLastPrepared && id == LAST_PREPARED) {
            return lastPrepared;
        }
        return statements == null ? null : statements.get(id);
    }

    /** Forgets a prepared statement, and the pin that it may be the last one to need. */
    public void closeStatement(int id) {
        ClientStatement closed = statement(id);
        if (closed == null || statements == null) {
            return;
        }
        statements.remove(closed.id());
        if (closed == lastPrepared) {
            lastPrepared = null;
        }
        if (closed.text().facts().has(Facts.READS_USER_VARIABLE)) {
            userVariables.readerClosed();
            if (!userVariables.keepBackend()) {
                pins.remove(PinReason.USER_VARIABLE);
            }
        }
    }

    /** Records whether a statement has an open cursor; the session is pinned while any has. */
    public void cursor(ClientStatement statement, boolean open, long nowNanos) {
        if (statement.cursor() != open) {
            statement.cursor(open);
            openCursors += open ? 1 : -1;
        }
        pin(PinReason.CURSOR, openCursors > 0, nowNanos);
    }

    /** Records whether long data was sent to a statement's backend and waits for its execution; the session is pinned while any does. */
    public void longDataSent(ClientStatement statement, boolean waits, long nowNanos) {
        if (statement.longDataSent() != waits) {
            statement.longDataSent(waits);
            withLongData += waits ? 1 : -1;
        }
        pin(PinReason.LONG_DATA, withLongData > 0, nowNanos);
    }

    /** The backend is gone, and with it the long data that was sent there: executions that wait for it get this error. */
    public void longDataLost(byte[] error) {
        if (withLongData > 0 && statements != null) {
            statements.values().stream()
                    .filter(ClientStatement::longDataSent)
                    .forEach(statement -> statement.longDataLost(error));
        }
    }

    private void pin(PinReason reason, boolean holds, long nowNanos) {
        if (holds) {
            pins.add(reason, nowNanos);
        } else {
            pins.remove(reason);
        }
    }

    /** The backend is gone, and with it what of the session was there alone. */
    public void backendLost() {
        pins.clear();
        held = null;
        unreplayable.clear();
        userVariables.backendLost();
        status &= ~(ServerStatus.IN_TRANS | ServerStatus.IN_TRANS_READONLY);
        openCursors = 0;
        withLongData = 0;
        if (statements != null) {
            statements.values().forEach(statement -> {
                statement.cursor(false);
                statement.longDataSent(false);
                statement.own(null);
            });
        }
    }

    public int statementCount() {
        return statements == null ? 0 : statements.size();
    }

    /** COM_RESET_CONNECTION: the state of a beginning, but for the current schema and the multi-statement option. */
    public void reset() {
        pins.clear();
        resetAtBackend();
    }

    /** The same, by the backend that it keeps: a role stays. */
    public void resetAtBackend() {
        state = resetState.withSchema(state.schema());
        pins.reset();
        userVariables.clear();
        held = null;
        unreplayable.clear();
        lastInsertId = 0;
        statements = null;
        lastPrepared = null;
        last.reset();
        openCursors = 0;
        withLongData = 0;
        status = statusAtLogin;
    }

    @Override
    public String toString() {
        return "ClientSession[id=" + connectionId + ", user=" + user + ", pins=" + pins + "]";
    }
}
