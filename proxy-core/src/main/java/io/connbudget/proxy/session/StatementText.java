package io.connbudget.proxy.session;

import io.connbudget.proxy.session.sql.StatementFacts;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The text of a prepared statement together with what its meaning depends on: the schema in which unqualified names are
 * looked up, the SQL mode and the character set of the text. Two sessions that prepare the same text in the same
 * surroundings share a backend's prepared statement. Immutable.
 */
public final class StatementText {
    private final byte[] sql;
    private final @Nullable String schema;
    private final @Nullable String sqlMode;
    private final @Nullable String charset;
    private final StatementFacts facts;
    private final int hash;

    /**
     * @param sql the statement as the client sent it; not copied, must not change
     * @param state the session's state when it was prepared
     */
    public StatementText(byte[] sql, SessionState state, StatementFacts facts) {
        this.sql = sql;
        this.schema = state.schema();
        this.sqlMode = state.get("sql_mode");
        this.charset = state.get(SessionState.CHARACTER_SET_CLIENT);
        this.facts = facts;
        this.hash = Arrays.hashCode(sql) * 31 + Objects.hash(schema, sqlMode, charset);
    }

    public byte[] sql() {
        return sql;
    }

    /** The schema that was current when the statement was prepared. */
    public @Nullable String schema() {
        return schema;
    }

    /** The SQL mode that was set when the statement was prepared; null for the server's default. */
    public @Nullable String sqlMode() {
        return sqlMode;
    }

    /** The character set of the text. */
    public @Nullable String charset() {
        return charset;
    }

    /** What an execution of the statement does to the session. */
    public StatementFacts facts() {
        return facts;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof StatementText that
                        && hash == that.hash
                        && Arrays.equals(sql, that.sql)
                        && Objects.equals(schema, that.schema)
                        && Objects.equals(sqlMode, that.sqlMode)
                        && Objects.equals(charset, that.charset));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return "StatementText[" + sql.length + " bytes]";
    }
}
