package io.connbudget.proxy.session;

import org.jspecify.annotations.Nullable;

/**
 * What a physical connection's session at the server is now. One per physical connection, for its whole life; touched
 * only by whoever has the connection.
 */
public final class BackendMemory {
    /** Before any moment: a reset makes servers forget the schema's collation. */
    private static final long FORGOTTEN = -1;

    private String account;
    private SessionState state = SessionState.UNKNOWN;
    private long schemaAsOf;
    private boolean tracking;
    private boolean resetNeeded;
    private boolean loginNeeded;
    private boolean multiStatements;
    private UserVariables userVariables = UserVariables.NONE;
    private long lastInsertId;
    private @Nullable Object lastSession;
    private final BackendStatements statements = new BackendStatements();

    /** @param account the account that the connection logged in with */
    public BackendMemory(String account) {
        this.account = account;
    }

    /** The account that the server's session runs as. */
    public String account() {
        return account;
    }

    /** The state that the server's session has. */
    public SessionState state() {
        return state;
    }

    public void state(SessionState now) {
        state = now;
    }

    /** Whether the schema that the session has may have changed since it was selected. */
    public boolean schemaStale(SchemaDefinitions definitions) {
        String schema = state.schema();
        return schema != null && definitions.changedSince(schemaAsOf, schema);
    }

    /** The moment of {@link SchemaDefinitions} since which the session may have the schema. */
    public long schemaAsOf() {
        return schemaAsOf;
    }

    /** Marks that the schema is as it was at this moment of {@link SchemaDefinitions}, or later. */
    public void schemaAsOf(long moment) {
        schemaAsOf = moment;
    }

    /** Whether the server announces changes of session state. */
    public boolean tracking() {
        return tracking;
    }

    public void tracking(boolean on) {
        tracking = on;
    }

    /** Whether something is left behind that only a reset removes. */
    public boolean resetNeeded() {
        return resetNeeded;
    }

    /** Marks that something was left behind that only a reset removes. */
    public void needReset() {
        resetNeeded = true;
    }

    /** Whether something may be left behind that only another login removes. */
    public boolean loginNeeded() {
        return loginNeeded;
    }

    /** Marks that the session may have roles, which a reset leaves active. */
    public void needLogin() {
        loginNeeded = true;
    }

    /**
     * Records a reset: COM_RESET_CONNECTION keeps the schema, the account with its roles and the multi-statement option, nothing
     * else.
     */
    public void afterReset() {
        state = SessionState.UNKNOWN.withSchema(state.schema());
        schemaAsOf = FORGOTTEN;
        tracking = false;
        resetNeeded = false;
        userVariables = UserVariables.NONE;
        lastInsertId = 0;
        lastSession = null;
        statements.clear();
    }

    /** Records a change of account or schema by COM_CHANGE_USER. */
    public void afterChangeUser(String user, @Nullable String schema) {
        afterReset();
        loginNeeded = false;
        account = user;
        state = SessionState.UNKNOWN.withSchema(schema);
    }

    /** COM_SET_OPTION's value; it survives resets (FACTS, section 2). */
    public boolean multiStatements() {
        return multiStatements;
    }

    public void multiStatements(boolean on) {
        multiStatements = on;
    }

    /** The user variables that the server's session has. */
    public UserVariables userVariables() {
        return userVariables;
    }

    public void userVariables(UserVariables now) {
        userVariables = now;
    }

    /** What LAST_INSERT_ID() gives at the server. */
    public long lastInsertId() {
        return lastInsertId;
    }

    public void lastInsertId(long id) {
        lastInsertId = id;
    }

    /** The session whose command ran last here: its ROW_COUNT(), FOUND_ROWS() and warnings are still at the server. */
    public @Nullable Object lastSession() {
        return lastSession;
    }

    public void lastSession(@Nullable Object session) {
        lastSession = session;
    }

    /** The statements prepared at the server. */
    public BackendStatements statements() {
        return statements;
    }
}
