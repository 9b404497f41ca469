package io.connbudget.proxy.session;

import io.connbudget.wire.Command;
import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The commands that go to a backend before a client's command so that the backend's session equals the client's, and
 * what they are expected to answer. Built for one command, used once.
 *
 * <p>Whoever builds it owns {@link #packets()} and passes that ownership on with the write.
 */
public final class Prologue {
    private static final String SQL_MODE = "sql_mode";
    /** Makes MariaDB forget the warnings of earlier statements, a SET for instance: only the use of a table does. */
    public static final String FORGET_ON_MARIADB = "DO (SELECT 1 FROM (SELECT 1) AS d)";

    /** One follows from the collation of the connection, which is always known; the others are no variables. */
    private static final Set<String> NOT_ASSIGNED = Set.of(
            SessionState.CHARACTER_SET_CONNECTION, SessionState.CLIENT_COLLATION, SessionState.RESULTS_COLLATION);

    /** Every account may select it. */
    public static final String ANY_SCHEMA = "information_schema";

    private static final byte[] NO_BODY = new byte[0];

    private final ByteBuf packets;
    private final List<Command> expected = new ArrayList<>(4);
    /** The schemas of the COM_INIT_DB among them, in their order. */
    private final ArrayDeque<String> schemas = new ArrayDeque<>(0);

    private boolean confirm;
    private boolean resets;
    private boolean warns;

    private Prologue(ByteBufAllocator allocator) {
        this.packets = allocator.buffer(256);
    }

    /**
     * What makes {@code backend} equal to {@code session}.
     *
     * @param multiStatements the session's multi-statement option
     * @param schemaStale whether the schema must be selected again where the backend has it
     * @param switches rules of replay that are off
     * @return null when nothing is needed
     */
    public static @Nullable Prologue between(
            ByteBufAllocator allocator,
            BackendMemory backend,
            SessionState session,
            boolean multiStatements,
            boolean schemaStale,
            ServerProfile profile,
            ReplaySwitches switches) {
        SessionState from = backend.state();
        boolean optionDiffers =
                backend.multiStatements() != multiStatements && !switches.off(ReplayRule.MULTI_STATEMENTS);
        if (from.equals(session) && !optionDiffers && !schemaStale && backend.tracking() && !backend.resetNeeded()) {
            return null;
        }
        Prologue prologue = new Prologue(allocator);
        if (optionDiffers) {
            prologue.add(Command.SET_OPTION, new byte[] {(byte) (multiStatements ? 0 : 1), 0});
        }
        if ((backend.resetNeeded() || onlyResetUndoes(from, session)) && !switches.off(ReplayRule.RESET)) {
            prologue.add(Command.RESET_CONNECTION, NO_BODY);
            prologue.resets = true;
            from = SessionState.UNKNOWN.withSchema(from.schema());
        }
        if (prologue.resets || !backend.tracking()) {
            prologue.query(profile.trackingStatement());
        }
        boolean begun = from.size() > 0;
        prologue.select(session.schema(), from.schema(), begun, schemaStale, profile);
        StringBuilder sets = assignments(from, session, prologue, switches);
        if (!begun && session.get(SQL_MODE) == null) {
            // After a reset the status flags of the SQL mode before it would go on.
            SqlText.assignDefault(sets, SQL_MODE);
        }
        if (!sets.isEmpty()) {
            prologue.query("SET " + sets);
            if (prologue.warns && profile.mariaDb()) {
                prologue.query(FORGET_ON_MARIADB);
                prologue.confirmFirst();
            }
        }
        if (!session.nextTransaction().isEmpty() && !session.nextTransaction().equals(from.nextTransaction())) {
            session.nextTransaction()
                    .lines()
                    .flatMap(line -> Stream.of(line.split(";", -1)))
                    .filter(statement -> !statement.isBlank())
                    .forEach(statement -> prologue.query(statement.strip()));
        }
        return prologue;
    }

    private void select(
            @Nullable String schema, @Nullable String there, boolean begun, boolean stale, ServerProfile profile) {
        // A reset keeps the schema, but servers then forget the schema's collation.
        if (schema == null || (schema.equals(there) && begun && !stale)) {
            return;
        }
        if (stale && schema.equals(there) && profile.mariaDb()) {
            // It takes a schema's definition over only when it comes from another one.
            initDb(ANY_SCHEMA);
        }
        initDb(schema);
    }

    /** A prologue that holds only a reset; for a backend whose session has gone away. */
    public static Prologue reset(ByteBufAllocator allocator) {
        Prologue prologue = new Prologue(allocator);
        prologue.add(Command.RESET_CONNECTION, NO_BODY);
        prologue.resets = true;
        return prologue;
    }

    /** An empty one, for commands that are needed on top of an equal state. */
    public static Prologue empty(ByteBufAllocator allocator) {
        return new Prologue(allocator);
    }

    /**
     * Whether only COM_CHANGE_USER makes the backend fit: it runs as another account, or its schema must be left and MySQL has
     * no command to select no schema.
     */
    public static boolean needsChangeUser(BackendMemory backend, ClientSession session) {
        return otherAccount(backend, session)
                || (session.state().schema() == null && backend.state().schema() != null);
    }

    /**
     * Whether the backend runs as another account than the session, or as the same with roles of another session: nothing of the
     * session's may be sent to it.
     */
    public static boolean otherAccount(BackendMemory backend, ClientSession session) {
        return backend.loginNeeded() || !backend.account().equals(session.backendUser());
    }

    private static boolean onlyResetUndoes(SessionState from, SessionState to) {
        if (!from.nextTransaction().isEmpty() && !from.nextTransaction().equals(to.nextTransaction())) {
            return true;
        }
        for (int i = 0; i < from.size(); i++) {
            if (to.get(from.name(i)) == null && !ReplayRules.infallible(from.name(i))) {
                return true;
            }
        }
        return false;
    }

    private static StringBuilder assignments(
            SessionState from, SessionState to, Prologue prologue, ReplaySwitches switches) {
        StringBuilder sets = new StringBuilder();
        // First: max_join_size takes sql_big_selects along.
        for (int i = 0; i < from.size(); i++) {
            if (to.get(from.name(i)) == null && !switches.off(ReplayRule.FORMER_VARIABLES)) {
                SqlText.assignDefault(sets, from.name(i));
                prologue.warns |= ReplayRules.deprecated(from.name(i));
            }
        }
        boolean ofClient = !switches.off(ReplayRule.CLIENT_COLLATION);
        boolean clientDiffers = differs(from, to, SessionState.CHARACTER_SET_CLIENT)
                || (ofClient && differs(from, to, SessionState.CLIENT_COLLATION));
        boolean ofResults = !switches.off(ReplayRule.RESULTS_COLLATION);
        boolean resultsDiffer = differs(from, to, SessionState.CHARACTER_SET_RESULTS)
                || (ofResults && differs(from, to, SessionState.RESULTS_COLLATION));
        boolean names = ofClient && clientDiffers && to.hasClientCollation();
        if (names) {
            SqlText.assignNames(sets, to);
        }
        for (int i = 0; i < to.size(); i++) {
            String name = to.name(i);
            boolean client = name.equals(SessionState.CHARACTER_SET_CLIENT);
            boolean results = name.equals(SessionState.CHARACTER_SET_RESULTS);
            if (NOT_ASSIGNED.contains(name)
                    || (names && SqlText.BY_NAMES.contains(name))
                    || !(client ? clientDiffers : results ? resultsDiffer : differs(from, to, name))) {
                continue;
            }
            SqlText.assign(sets, name, results && ofResults ? to.resultsToAssign() : to.value(i));
            prologue.confirm |= !ReplayRules.infallible(name);
            prologue.warns |= ReplayRules.deprecated(name);
        }
        return sets;
    }

    private static boolean differs(SessionState from, SessionState to, String name) {
        return !Objects.equals(from.get(name), to.get(name));
    }

    /** Adds USE by COM_INIT_DB. It can fail (the schema may be gone), so the command behind it waits for the answer. */
    public void initDb(String schema) {
        add(Command.INIT_DB, schema.getBytes(StandardCharsets.UTF_8));
        schemas.add(schema);
        confirm = true;
    }

    /** Adds a statement whose answer is an OK and nothing else; it must not be able to fail, or {@link #confirmFirst()}. */
    public void query(String sql) {
        add(Command.QUERY, sql.getBytes(StandardCharsets.UTF_8));
    }

    /** Makes the client's command wait until every answer has come. */
    public void confirmFirst() {
        confirm = true;
    }

    /** Adds a command with an answer. */
    public void add(Command command, byte[] body) {
        write(command, body);
        expected.add(command);
    }

    /** Adds a command that is never answered. */
    public void addUnanswered(Command command, byte[] body) {
        write(command, body);
    }

    private void write(Command command, byte[] body) {
        int left = body.length + 1;
        int sequence = 0;
        int from = 0;
        boolean first = true;
        // A payload of a multiple of 16 MB - 1 bytes ends with an empty packet.
        do {
            int length = Math.min(left, Packets.MAX_PAYLOAD);
            Packets.writeHeader(packets, length, sequence++);
            int bytes = length;
            if (first) {
                packets.writeByte(command.code());
                bytes--;
                first = false;
            }
            packets.writeBytes(body, from, bytes);
            from += bytes;
            left -= length;
            if (length < Packets.MAX_PAYLOAD) {
                return;
            }
        } while (true);
    }

    /** The commands, ready to be written; the receiver of this buffer owns it. */
    public ByteBuf packets() {
        return packets;
    }

    /** The commands whose answers come back, in order. */
    public List<Command> expected() {
        return expected;
    }

    /** The schema of the next COM_INIT_DB that is answered, each once. */
    public String nextSchema() {
        return schemas.remove();
    }

    /** Whether the client's command must wait for the answers. */
    public boolean confirm() {
        return confirm;
    }

    /** Whether it contains COM_RESET_CONNECTION. */
    public boolean resets() {
        return resets;
    }

    @Override
    public String toString() {
        return "Prologue" + expected + (confirm ? " confirmed " : " ") + packets.readableBytes() + " bytes";
    }
}
