package io.connbudget.proxy.session;

import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.proxy.session.sql.StatementFacts;
import io.connbudget.wire.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What the server answered to a COM_STMT_PREPARE a moment ago, so that the next client that prepares the same text as the
 * same account in the same session state is answered without a backend (docs/adr/0020).
 *
 * <p>An answer tells what the text means by the definitions of that moment. It is forgotten when any statement that may
 * change definitions ends here, when an execution fails for want of a table or column, and after {@link #LIFE_NANOS}: by
 * then a change that came by another way is seen.
 *
 * <p>Safe for any thread.
 */
public final class PreparedAnswers {
    /** How long an answer is given, in nanoseconds. */
    static final long LIFE_NANOS = 5_000_000_000L;

    /** The most bytes of answers and texts. */
    private static final int MOST_BYTES = 8 << 20;

    /** A longer answer, in bytes, is not kept. */
    private static final int LONGEST_ANSWER = 64 << 10;

    /** Statements behind which a table may be another one. */
    private static final long MAY_DEFINE = Facts.DDL
            | Facts.DROPS_TABLE
            | Facts.RENAMES_TABLE
            | Facts.CALLS_ROUTINE
            | Facts.CALLS_UNKNOWN_FUNCTION
            | Facts.SQL_EXECUTE
            | Facts.SETS_GLOBAL
            | Facts.PREPARED_TEXT_UNKNOWN
            | Facts.UNKNOWN_VERB
            | Facts.UNTERMINATED;

    /** Errors of an execution that say that definitions have changed: no such table, column, routine; prepare again. */
    private static final Set<Integer> DEFINITIONS_CHANGED = Set.of(1049, 1051, 1054, 1146, 1305, 1356, 1615);

    /** With the account: what one may prepare another may not. */
    private record Key(StatementText text, SessionState state, String account) {}

    /** A COM_STMT_PREPARE that a client wants a server to answer, and none has answered. */
    public static final class Asked {
        private final Key key;

        /** Who is told when it has ended; null once it has. */
        private @Nullable List<Runnable> expecting = new ArrayList<>();

        private Asked(Key key) {
            this.key = key;
        }

        private synchronized boolean expect(Runnable told) {
            return expecting != null && expecting.add(told);
        }

        private synchronized List<Runnable> end() {
            List<Runnable> told = expecting == null ? List.of() : expecting;
            expecting = null;
            return told;
        }
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Answer(byte[] packets, long askedNanos) {}

    private final Map<Key, Answer> answers = new ConcurrentHashMap<>();
    private final Map<Key, Asked> asked = new ConcurrentHashMap<>();
    private final AtomicInteger bytes = new AtomicInteger();
    private final AtomicLong generation = new AtomicLong();

    /** Whether answers for this text depend on nothing but the session's state and the definitions. */
    public static boolean mayKeep(StatementText text, ClientSession session) {
        return session.pins().isEmpty()
                && session.state().nextTransaction().isEmpty()
                && !text.facts().has(Facts.READS_USER_VARIABLE)
                && text.facts().statements() == 1;
    }

    /** Counts the changes of definitions; given to {@link #put} by whoever asks a server. */
    public long generation() {
        return generation.get();
    }

    /**
     * The answer in packets as a backend sends them, not to be changed; null where there is none that is fresh.
     *
     * @param nowNanos monotonic
     */
    public byte @Nullable [] get(StatementText text, ClientSession session, long nowNanos) {
        Answer answer = answers.get(new Key(text, session.state(), session.backendUser()));
        return answer == null || nowNanos - answer.askedNanos() > LIFE_NANOS ? null : answer.packets();
    }

    /**
     * Keeps an answer.
     *
     * @param askedNanos monotonic, not behind the moment in which the server was asked
     * @param askedGeneration {@link #generation()} of that moment
     */
    public void put(StatementText text, ClientSession session, byte[] packets, long askedNanos, long askedGeneration) {
        if (packets.length > LONGEST_ANSWER || generation.get() != askedGeneration) {
            return;
        }
        if (bytes.addAndGet(packets.length + text.sql().length) > MOST_BYTES) {
            answers.clear();
            bytes.set(0);
            return;
        }
        Key key = new Key(text, session.state(), session.backendUser());
        if (answers.put(key, new Answer(packets, askedNanos)) != null) {
            bytes.addAndGet(-packets.length - text.sql().length);
        }
        if (generation.get() != askedGeneration) {
            // A change of definitions has ended meanwhile, and may not have met this one.
            answers.remove(key);
        }
    }

    /**
     * A server is about to be asked. Others who prepare the same meanwhile may {@link #expect} its answer.
     *
     * @return to be given to {@link #ended(Asked)}, whatever becomes of the command; null where the same is asked already
     */
    public @Nullable Asked asking(StatementText text, ClientSession session) {
        Asked begun = new Asked(new Key(text, session.state(), session.backendUser()));
        return asked.putIfAbsent(begun.key, begun) == null ? begun : null;
    }

    /**
     * Where a server is being asked the same, has the caller told when that has ended, whether or not there is an answer
     * to {@link #get} then.
     *
     * @param told run once, by the thread of the other client
     * @return false where nobody asks
     */
    public boolean expect(StatementText text, ClientSession session, Runnable told) {
        Asked other = asked.get(new Key(text, session.state(), session.backendUser()));
        return other != null && other.expect(told);
    }

    /** The server has answered, or never will. */
    public void ended(Asked ended) {
        asked.remove(ended.key, ended);
        ended.end().forEach(Runnable::run);
    }

    /** A command has ended, with an error or without (code 0): the client has not been told yet. */
    public void ended(Command command, StatementFacts facts, int errorCode) {
        boolean defines = facts.hasAny(MAY_DEFINE)
                || command == Command.CREATE_DB
                || command == Command.DROP_DB
                || command == Command.REFRESH;
        if (defines || (errorCode != 0 && command != Command.STMT_PREPARE && DEFINITIONS_CHANGED.contains(errorCode))) {
            forget();
        }
    }

    /** Definitions may have changed. */
    public void forget() {
        generation.incrementAndGet();
        answers.clear();
        bytes.set(0);
    }
}
