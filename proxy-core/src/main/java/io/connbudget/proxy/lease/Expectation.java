package io.connbudget.proxy.lease;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One client's wait for the answer to another client's COM_STMT_PREPARE of the same (docs/adr/0020). It ends once: when
 * the other has been answered or never will be, or after {@link #LONGEST_MILLIS}. Its thread is the client's event loop.
 */
final class Expectation {
    /** A server may take long to answer, and the other client may take long to read its answer; milliseconds. */
    static final int LONGEST_MILLIS = 100;

    private final Runnable ended;
    private @Nullable Future<?> deadline;
    private boolean over;

    private Expectation(Runnable ended) {
        this.ended = ended;
    }

    /**
     * Begins to wait.
     *
     * @param expect has what it is given run, by any thread, when the other is done; false where there is no other
     * @param ended run once, later, by the loop
     * @return false where there is nothing to wait for; {@code ended} is not run then
     */
    static boolean begin(EventExecutor loop, Predicate<Runnable> expect, Runnable ended) {
        Expectation begun = new Expectation(ended);
        if (!expect.test(() -> loop.execute(begun::end))) {
            return false;
        }
        begun.deadline = loop.schedule(begun::end, LONGEST_MILLIS, TimeUnit.MILLISECONDS);
        return true;
    }

    private void end() {
        if (over) {
            return;
        }
        over = true;
        if (deadline != null) {
            deadline.cancel(false);
        }
        ended.run();
    }
}
