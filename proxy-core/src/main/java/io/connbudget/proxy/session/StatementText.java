package io.connbudget.proxy.session;

import io.connbudget.proxy.session.sql.StatementFacts;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The text of a prepared statement together with what its meaning depends on: the schema in which unqualified names are
 * looked up, and the variables that servers look at when they prepare it and not again, as the SQL mode and the
 * character set of the text ({@link ReplayRules#OF_PREPARATION}). Two sessions that prepare the same text in the same
 * surroundings share a backend's prepared statement where they execute it in the same surroundings too; on MySQL, with
 * parameters of the same types, and NULL for the same ones where it answers with columns (docs/adr/0024). Immutable.
 */
public final class StatementText {
    private static final byte[] NO_TYPES = new byte[0];

    private static final int CLIENT_CHARSET = ReplayRules.OF_PREPARATION.indexOf(SessionState.CHARACTER_SET_CLIENT);

    private final byte[] sql;
    private final @Nullable String schema;
    private final @Nullable String[] variables;
    private final StatementFacts facts;
    private final byte[] types;
    /** The variables of executions, where they are others than those of the preparation. */
    private final @Nullable String @Nullable [] executed;

    private final int hash;

    /**
     * @param sql the statement as the client sent it; not copied, must not change
     * @param state the session's state when it was prepared
     */
    public StatementText(byte[] sql, SessionState state, StatementFacts facts) {
        this(sql, state.schema(), variables(state), facts, NO_TYPES, null);
    }

    private StatementText(
            byte[] sql,
            @Nullable String schema,
            @Nullable String[] variables,
            StatementFacts facts,
            byte[] types,
            @Nullable String @Nullable [] executed) {
        this.sql = sql;
        this.schema = schema;
        this.variables = variables;
        this.facts = facts;
        this.types = types;
        this.executed = executed;
        this.hash = ((Arrays.hashCode(sql) * 31 + Objects.hashCode(schema)) * 31 + Arrays.hashCode(variables)) * 31
                + Arrays.hashCode(types) * 31
                + Arrays.hashCode(executed);
    }

    private static @Nullable String[] variables(SessionState state) {
        @Nullable String[] values = new @Nullable String[ReplayRules.OF_PREPARATION.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = state.get(ReplayRules.OF_PREPARATION.get(i));
        }
        return values;
    }

    /**
     * The same, executed with parameters of these types: MySQL keeps what it has derived from them for later executions.
     *
     * @param types two bytes a parameter, and what stands for NULL where that counts
     */
    public StatementText executedWith(byte[] types) {
        return new StatementText(sql, schema, variables, facts, types, executed);
    }

    /** The same, executed in this state, of which servers take some variables over for later executions. */
    StatementText executedUnder(SessionState state) {
        @Nullable String[] now = variables(state);
        @Nullable String @Nullable [] others = Arrays.equals(now, variables) ? null : now;
        return Arrays.equals(others, executed) ? this : new StatementText(sql, schema, variables, facts, types, others);
    }

    /** The same text, prepared in another state. */
    public StatementText under(SessionState state) {
        return new StatementText(sql, state, facts);
    }

    public byte[] sql() {
        return sql;
    }

    /** The schema that was current when the statement was prepared. */
    public @Nullable String schema() {
        return schema;
    }

    /**
     * The SET that gives a session the variables that were set when the statement was prepared.
     *
     * @param from what the session has
     * @return null where it has them
     */
    public @Nullable String setUp(SessionState from) {
        StringBuilder sets = new StringBuilder();
        for (int i = 0; i < variables.length; i++) {
            String name = ReplayRules.OF_PREPARATION.get(i);
            if (!Objects.equals(variables[i], from.get(name))) {
                SqlText.assign(sets, name, variables[i]);
            }
        }
        return sets.isEmpty() ? null : "SET " + sets;
    }

    /** The SET that takes back {@link #setUp}, where that gave one. */
    public String takeBack(SessionState to) {
        StringBuilder sets = new StringBuilder();
        boolean names = to.hasClientCollation()
                && !Objects.equals(variables[CLIENT_CHARSET], to.get(SessionState.CHARACTER_SET_CLIENT));
        if (names) {
            SqlText.assignNames(sets, to);
        }
        for (int i = 0; i < variables.length; i++) {
            String name = ReplayRules.OF_PREPARATION.get(i);
            String value = to.get(name);
            if (!Objects.equals(variables[i], value) && !(names && SqlText.BY_NAMES.contains(name))) {
                SqlText.assign(sets, name, value);
            }
        }
        return "SET " + sets;
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
                        && Arrays.equals(types, that.types)
                        && Arrays.equals(executed, that.executed)
                        && Arrays.equals(variables, that.variables));
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
