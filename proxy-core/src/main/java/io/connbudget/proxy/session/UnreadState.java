package io.connbudget.proxy.session;

import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.proxy.session.sql.StatementFacts;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a session left at its backend and no answer told: to be read before another session may have the backend. One per
 * client, on its event loop.
 */
public final class UnreadState {
    private final ClientSession session;
    private final ReplaySwitches switches;
    private final List<String> sharedFlags;
    private boolean collationUnknown;
    private boolean clientCollationUnknown;
    private boolean resultsCollationUnknown;
    private boolean lastInsertIdUnknown;
    private boolean flagsUnknown;
    private boolean announcementsDue;
    private boolean settingsUnknown;
    private @Nullable StatementFacts failed;
    private final Map<String, String> defaults;

    UnreadState(ClientSession session, ReplaySwitches switches, ServerProfile profile) {
        this.session = session;
        this.switches = switches;
        this.sharedFlags = profile.sharedFlags();
        this.defaults = profile.defaults();
    }

    /** Says whether the collation of the connection is another one than the session knows of. */
    void collation(boolean unknown) {
        collationUnknown = unknown;
    }

    /** Says whether the collation of the client's character set is that of the connection, which is to be read. */
    void clientCollation(boolean unknown) {
        clientCollationUnknown = unknown;
    }

    /** Says whether the collation of the character set of results may be another one than the session knows of. */
    void resultsCollation(boolean unknown) {
        resultsCollationUnknown = unknown;
    }

    /** Whether the collation of the client's character set is the one of the connection that was not read. */
    public boolean clientCollationUnknown() {
        return clientCollationUnknown;
    }

    /** Says that LAST_INSERT_ID() may have another value. */
    void lastInsertId() {
        lastInsertIdUnknown = true;
    }

    /** Says that one of the shared flags has changed. */
    void flags() {
        flagsUnknown = true;
    }

    /** Says that a statement has failed, behind changes perhaps that the server has not announced yet. */
    void announcements() {
        announcementsDue = true;
        settings();
    }

    /** Says that variables that servers look at when they prepare a statement may have other values than the session knows of. */
    void settings() {
        settingsUnknown = true;
    }

    /**
     * Says that a statement has failed.
     *
     * @param facts what it did; null where code of the database may have run that nobody sees
     */
    void failed(@Nullable StatementFacts facts) {
        failed = facts;
    }

    /**
     * Takes variables that the server has announced behind the session's last statement, which had failed: behind a SET that did a
     * part, and where MySQL has taken back what a SET_VAR hint set.
     *
     * @return whether the session has them, and nothing else may have changed
     */
    public boolean announcedLate(Map<String, String> variables) {
        StatementFacts facts = failed;
        if (facts == null
                || switches.off(ReplayRule.VARIABLES)
                || variables.isEmpty()
                || !variables.keySet().stream().allMatch(this::isPlain)) {
            return false;
        }
        SessionState now = session.state();
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            if (facts.statementVariables().contains(variable.getKey())) {
                continue;
            }
            if (!facts.has(Facts.SETS_VARIABLE)) {
                // By code of the database, which may have done more.
                return false;
            }
            now = now.with(variable.getKey(), variable.getValue());
        }
        session.state(now);
        return true;
    }

    /** Whether the value of a variable is all that there is to it. */
    private boolean isPlain(String variable) {
        return !ReplayRules.ofCharset(variable)
                && !variable.equals(ReplayRules.SQL_AUTO_IS_NULL)
                && !ReplayRules.unreplayable(variable)
                && !sharedFlags.contains(variable);
    }

    /** A statement has succeeded: MySQL has announced with its answer what is due. */
    void answered() {
        failed = null;
        settingsUnknown &= session.last().mariaDb();
    }

    /**
     * Whether the settings under which a statement would be prepared now are not known: the collations of the connection, or
     * those that a statement may have changed before it failed.
     */
    public boolean preparationUnknown() {
        return (collationsUnknown() || settingsUnknown) && !switches.off(ReplayRule.PREPARED_SETTINGS);
    }

    /** The variables that must be read before a statement is prepared; mostly none. */
    public List<String> unreadSettings() {
        return settingsUnknown
                ? ReplayRules.OF_PREPARATION.stream()
                        .filter(defaults::containsKey)
                        .toList()
                : List.of();
    }

    /**
     * Records the values of {@link #unreadSettings()}.
     *
     * @param names what was read
     * @param values in the same order, as a query gives them; empty for NULL
     */
    public void settingsRead(List<String> names, List<String> values) {
        settingsUnknown = false;
        SessionState now = session.state();
        for (int i = 0; i < values.size(); i++) {
            String name = names.get(i);
            String byDefault = defaults.get(name);
            boolean flag = "ON".equals(byDefault) || "OFF".equals(byDefault);
            String value = flag ? (values.get(i).equals("1") ? "ON" : "OFF") : values.get(i);
            String known = now.get(name);
            if (!value.equals(known != null ? known : byDefault)) {
                now = now.with(name, value);
            }
        }
        session.state(now);
    }

    /**
     * Whether the server must be made to announce what the last statement has changed: MySQL does so with whatever it answers
     * next, MariaDB only with the next change (FACTS, section 4).
     */
    public boolean announcementsDue() {
        return announcementsDue && session.last().mariaDb();
    }

    /** What was due has come. */
    public void announcementsCame() {
        announcementsDue = false;
    }

    /**
     * Whether the collation of the connection, or of the character set of results, must be read from the backend before
     * another one can be made equal.
     */
    public boolean collationsUnknown() {
        return (collationUnknown && !switches.off(ReplayRule.COLLATION))
                || (resultsCollationUnknown && !switches.off(ReplayRule.RESULTS_COLLATION));
    }

    /**
     * Records the collations that were read.
     *
     * @param collation of the connection
     * @param resultsCollation the number in the definition of a column of text
     */
    public void collationsRead(String collation, int resultsCollation) {
        SessionState now = session.state();
        if (!session.last().mariaDb() && !String.valueOf(resultsCharset()).isEmpty()) {
            // Without a character set the number would be that of the column.
            now = now.with(SessionState.RESULTS_COLLATION, Integer.toString(resultsCollation));
        }
        resultsCollationUnknown = false;
        session.state(now);
        if (!switches.off(ReplayRule.COLLATION)) {
            connectionCollationRead(collation);
        }
    }

    private void connectionCollationRead(String collation) {
        collationUnknown = false;
        SessionState now = session.state().with(SessionState.COLLATION_CONNECTION, collation);
        if (clientCollationUnknown) {
            clientCollationUnknown = false;
            now = now.with(SessionState.CLIENT_COLLATION, collation);
        }
        session.state(now);
    }

    /** Whether the backend may have a LAST_INSERT_ID() that is not known here. */
    public boolean lastInsertIdUnknown() {
        return lastInsertIdUnknown && !switches.off(ReplayRule.LAST_INSERT_ID);
    }

    /**
     * Records what LAST_INSERT_ID() was at the backend.
     *
     * @param given whether the backend was given the session's id before; else 0 means that none was generated there, and
     *     the session's own stays
     */
    public void lastInsertIdRead(long id, boolean given) {
        lastInsertIdUnknown = false;
        if (id != 0 || given) {
            session.lastInsertId(id);
        }
    }

    /** Variables of which any may have changed, so that all must be read from the backend; mostly none. */
    public List<String> unreadFlags() {
        return flagsUnknown ? sharedFlags : List.of();
    }

    /**
     * Records the values of {@link #unreadFlags()}, in their order.
     *
     * @param nowNanos monotonic
     */
    public void flagsRead(List<Boolean> values, long nowNanos) {
        flagsUnknown = false;
        SessionState now = session.state();
        for (int i = 0; i < values.size(); i++) {
            String name = sharedFlags.get(i);
            boolean on = values.get(i);
            String value = on ? "ON" : "OFF";
            if (ReplayRules.unreplayable(name)) {
                session.unreplayable().set(name, value);
                continue;
            }
            if (name.equals(ReplayRules.SQL_AUTO_IS_NULL)) {
                session.unreplayable().set(name, value);
            }
            now = now.with(name, value);
        }
        session.state(now);
        HeldThings.set(
                session.pins(),
                PinReason.UNREPLAYABLE_VARIABLE,
                session.unreplayable().any(),
                nowNanos);
    }

    /** User variables whose values must be read from the backend. */
    public Set<String> unreadVariables() {
        return session.userVariables().unread();
    }

    /**
     * Records the value of a variable that was read.
     *
     * @param expression see {@link UserVariableText#expression}; null where there is none
     */
    public void variableRead(String name, @Nullable String expression) {
        session.userVariables().read(name, expression);
    }

    /** The values of all {@link #unreadVariables()} were read; the session is pinned where one of them cannot be given on. */
    public void variablesRead(long nowNanos) {
        session.userVariables().readDone();
        if (session.userVariables().keepBackend()) {
            session.pins().add(PinReason.USER_VARIABLE, nowNanos);
        } else {
            session.pins().remove(PinReason.USER_VARIABLE);
        }
    }

    /** The user variables as they are at the backend when nothing is unread. */
    public UserVariables variables() {
        return session.userVariables().values();
    }

    /** Forgets what is pending: the backend is gone, or was reset. */
    public void forget() {
        collationUnknown = false;
        clientCollationUnknown = false;
        resultsCollationUnknown = false;
        lastInsertIdUnknown = false;
        flagsUnknown = false;
        announcementsDue = false;
        settingsUnknown = false;
    }

    /** Whether the last statement left warnings or an error that SHOW WARNINGS would list. */
    public boolean leftDiagnostics() {
        return session.last().diagnosticsLeft() && !switches.off(ReplayRule.WARNINGS);
    }

    /** Whether warnings stay at a backend until a statement uses a table there. */
    public boolean warningsStay() {
        return session.last().mariaDb();
    }

    /** The character set of results. */
    public @Nullable String resultsCharset() {
        return session.state().get(SessionState.CHARACTER_SET_RESULTS);
    }

    /** Records the server's answer to SHOW WARNINGS, in packets as a backend sends them. */
    public void warningsRead(byte[] packets) {
        session.last().warningsRead(packets);
    }
}
