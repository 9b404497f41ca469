package io.connbudget.it;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks at {@code connbudget_sessions_pinned} all the time and remembers every reason but a transaction. */
final class PinWatch implements AutoCloseable {
    private static final long INTERVAL_MILLIS = 100;
    private static final Pattern PINNED =
            Pattern.compile("^connbudget_sessions_pinned\\{reason=\"(\\w+)\"[^}]*} (\\S+)$", Pattern.MULTILINE);

    private final ProxyProcess proxy;
    private final Set<String> seen = new ConcurrentSkipListSet<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread thread = new Thread(this::look, "pin-watch");

    PinWatch(ProxyProcess proxy) {
        this.proxy = proxy;
        thread.setDaemon(true);
        thread.start();
    }

    Set<String> seen() {
        return seen;
    }

    private void look() {
        try {
            do {
                Matcher matcher = PINNED.matcher(proxy.get("/metrics"));
                while (matcher.find()) {
                    if (!matcher.group(1).equals("transaction") && Double.parseDouble(matcher.group(2)) > 0) {
                        seen.add(matcher.group(1));
                    }
                }
            } while (!ended.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS));
        } catch (IOException e) {
            seen.add("metrics could not be read: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws InterruptedException {
        ended.countDown();
        thread.join();
    }
}
