package io.connbudget.proxy.session;

import io.connbudget.wire.Capabilities;
import io.connbudget.wire.ServerStatus;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The conversation of one authenticated client, apart from any backend. Owned by the client's event loop.
 *
 * <p>It begins at login, begins again with COM_CHANGE_USER (another object) and returns to its login state with
 * COM_RESET_CONNECTION.
 */
public final class ClientSession {
    private final long connectionId;
    private final String user;
    private final int capabilities;
    private final Map<String, String> attributes;
    private final SessionState loginState;
    private final Pins pins = new Pins();
    private SessionState state;
    private boolean multiStatements;
    private int status = ServerStatus.AUTOCOMMIT;
    private long lastInsertId;
    private @Nullable IntObjectMap<ClientStatement> statements;
    private int lastStatementId;
    private int openCursors;
    private byte @Nullable [] warnings;

    /**
     * @param connectionId the id that the greeting told the client; ours, not a backend's
     * @param capabilities what client and proxy agreed on
     * @param attributes the client's connection attributes, immutable
     */
    public ClientSession(
            long connectionId, String user, int capabilities, Map<String, String> attributes, SessionState loginState) {
        this.connectionId = connectionId;
        this.user = user;
        this.capabilities = capabilities;
        this.attributes = attributes;
        this.loginState = loginState;
        this.state = loginState;
        this.multiStatements = Capabilities.has(capabilities, Capabilities.MULTI_STATEMENTS);
    }

    public long connectionId() {
        return connectionId;
    }

    public String user() {
        return user;
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

    /** The multi-statement option: from the login's capabilities, changed by COM_SET_OPTION. */
    public boolean multiStatements() {
        return multiStatements;
    }

    public void multiStatements(boolean on) {
        multiStatements = on;
    }

    /** The server status flags that the client saw last, for answers that the proxy gives itself. */
    public int status() {
        return status;
    }

    public void status(int flags) {
        status = flags;
    }

    /** What LAST_INSERT_ID() must give; 0 before the first generated id. */
    public long lastInsertId() {
        return lastInsertId;
    }

    public void lastInsertId(long id) {
        lastInsertId = id;
    }

    /** What SHOW WARNINGS must answer, in packets as a backend sends them; null when the last statement left nothing. */
    public byte @Nullable [] warnings() {
        return warnings;
    }

    public void warnings(byte @Nullable [] packets) {
        warnings = packets;
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
        return statement;
    }

    public @Nullable ClientStatement statement(int id) {
        return statements == null ? null : statements.get(id);
    }

    public void closeStatement(int id) {
        if (statements != null) {
            statements.remove(id);
        }
    }

    /** Records whether a statement has an open cursor; the session is pinned while any has. */
    public void cursor(@Nullable ClientStatement statement, boolean open, long nowNanos) {
        if (statement != null && statement.cursor() != open) {
            statement.cursor(open);
            openCursors += open ? 1 : -1;
        }
        if (openCursors > 0) {
            pins.add(PinReason.CURSOR, nowNanos);
        } else {
            pins.remove(PinReason.CURSOR);
        }
    }

    /** The backend that had the cursors is gone. */
    public void forgetCursors() {
        openCursors = 0;
        if (statements != null) {
            statements.values().forEach(statement -> statement.cursor(false));
        }
    }

    public int statementCount() {
        return statements == null ? 0 : statements.size();
    }

    /** COM_RESET_CONNECTION: the state of the login again, but for the current schema and the multi-statement option. */
    public void reset() {
        state = loginState.withSchema(state.schema());
        pins.clear();
        lastInsertId = 0;
        statements = null;
        openCursors = 0;
        warnings = null;
        status = ServerStatus.AUTOCOMMIT;
    }

    @Override
    public String toString() {
        return "ClientSession[id=" + connectionId + ", user=" + user + ", pins=" + pins + "]";
    }
}
