package io.connbudget.testing;

import io.netty.buffer.ByteBufAllocator;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class during which Netty's leak detector reported a buffer that nobody released. Registers itself where
 * it is on the class path: {@code META-INF/services} and {@code junit-platform.properties} beside it. The detector is
 * {@link RecordingLeakDetector}, by the system property that the parent pom sets for all tests.
 */
public final class LeakGuard implements AfterAllCallback {
    /** A leak is seen at an allocation after the buffer was collected, so both are made to happen, more than once. */
    private static final int ROUNDS = 3;

    @Override
    public void afterAll(ExtensionContext context) {
        for (int i = 0; i < ROUNDS; i++) {
            collect();
            ByteBufAllocator.DEFAULT.directBuffer().release();
        }
        List<String> leaks = new ArrayList<>();
        for (String leak = RecordingLeakDetector.poll(); leak != null; leak = RecordingLeakDetector.poll()) {
            leaks.add(leak);
        }
        if (!leaks.isEmpty()) {
            throw new AssertionError("buffers were not released:\n" + String.join("\n", leaks));
        }
    }

    /** Returns when a collection has found an object that nobody refers to, and with it the buffers that died before. */
    private static void collect() {
        ReferenceQueue<Object> found = new ReferenceQueue<>();
        WeakReference<Object> canary = new WeakReference<>(new Object(), found);
        try {
            for (int i = 0; i < 20; i++) {
                System.gc();
                if (found.remove(500) == canary) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
