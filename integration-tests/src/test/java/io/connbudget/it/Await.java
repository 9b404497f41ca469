package io.connbudget.it;

import java.util.concurrent.Callable;

/** Waits for what nobody tells. */
public final class Await {
    private static final long LIMIT_NANOS = 30_000_000_000L;
    private static final long LOOK_MILLIS = 5;

    private Await() {}

    public static void until(String what, Callable<Boolean> condition) throws Exception {
        long begin = System.nanoTime();
        while (!condition.call()) {
            if (System.nanoTime() - begin > LIMIT_NANOS) {
                throw new AssertionError("did not come about within 30 s: " + what);
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }
}
