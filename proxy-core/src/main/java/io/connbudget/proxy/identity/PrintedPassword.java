package io.connbudget.proxy.identity;

import io.connbudget.proxy.config.CommandLine;
import io.connbudget.proxy.config.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A password that a program prints, used for its stated life: an IAM token, for one. Thread-safe.
 *
 * <p>One program runs at a time; whoever wants the password meanwhile waits for it. A program that fails leaves the password
 * that was printed before, which may still be good, and is not started again for {@link #RETRY_NANOS}.
 */
final class PrintedPassword implements ServerPassword {
    private static final Logger LOG = LoggerFactory.getLogger(PrintedPassword.class);

    /** Longer ones are cut; an IAM token has about a thousand. */
    private static final int MAX_BYTES = 64 * 1024;

    private static final long RETRY_NANOS = 1_000_000_000L;

    private final CommandLine command;
    private final Duration life;
    private final Duration timeout;
    private final LongSupplier nanos;
    private final Object running = new Object();
    /** Replaced as a whole, by one that is later. */
    private volatile @Nullable Printed printed;

    private volatile long attemptedNanos;

    private record Printed(Secret password, long atNanos) {}

    /** @param nanos the clock, monotonic */
    PrintedPassword(CommandLine command, Duration life, Duration timeout, LongSupplier nanos) {
        this.command = command;
        this.life = life;
        this.timeout = timeout;
        this.nanos = nanos;
        this.attemptedNanos = nanos.getAsLong() - RETRY_NANOS;
    }

    @Override
    public byte[] current() {
        Printed known = printed;
        return known == null ? new byte[0] : known.password().bytes();
    }

    @Override
    public byte[] fresh() {
        Printed known = printed;
        if (known == null || nanos.getAsLong() - known.atNanos() >= life.toNanos()) {
            run(known);
        }
        return current();
    }

    @Override
    public boolean refused() {
        return false;
    }

    @Override
    public boolean refresh() {
        Printed before = printed;
        run(before);
        Printed after = printed;
        return after != null && (before == null || !after.password().equals(before.password()));
    }

    /** Runs the program, unless another thread has just done so. */
    private void run(@Nullable Printed seen) {
        synchronized (running) {
            Printed latest = printed;
            boolean another = latest != null && (seen == null || latest.atNanos() != seen.atNanos());
            if (another || nanos.getAsLong() - attemptedNanos < RETRY_NANOS) {
                return;
            }
            attemptedNanos = nanos.getAsLong();
            try {
                printed = new Printed(execute(), nanos.getAsLong());
            } catch (IOException e) {
                LOG.warn("backend.password-command {}: {}", command, e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Secret execute() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command.words())
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                // What it complains about goes where the proxy's own complaints go.
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        // Read beside the wait: a program that prints more than a pipe holds would never end.
        FutureTask<byte[]> output = new FutureTask<>(() -> {
            try (InputStream in = process.getInputStream()) {
                return in.readNBytes(MAX_BYTES);
            }
        });
        Thread reader = new Thread(output, "password-command");
        reader.setDaemon(true);
        reader.start();
        try {
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("did not end within " + timeout.toMillis() + "ms");
            }
            if (process.exitValue() != 0) {
                throw new IOException("ended with exit code " + process.exitValue());
            }
            byte[] bytes = output.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            Secret password = Secret.ofFile(bytes);
            Arrays.fill(bytes, (byte) 0);
            if (password.isEmpty()) {
                throw new IOException("printed nothing");
            }
            return password;
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("its output cannot be read", e);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    @Override
    public String toString() {
        return "PrintedPassword[" + command + "]";
    }
}
