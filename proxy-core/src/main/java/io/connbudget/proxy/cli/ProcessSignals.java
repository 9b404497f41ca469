package io.connbudget.proxy.cli;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGINT, SIGTERM and SIGHUP of this process. With a shutdown hook the JVM would ignore the second signal, and end with 130 or 143 after a clean drain.
 * {@code sun.misc.Signal} is called by reflection, since javac warns of it in a way that cannot be turned off.
 */
final class ProcessSignals implements Signals {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessSignals.class);
    private static final List<String> NAMES = List.of("INT", "TERM", "HUP");
    /** A shell's exit code for a process that a signal ended is 128 and the signal's number. */
    private static final int SIGNAL_BASE = 128;

    private static final String HANG_UP = "HUP";

    private volatile @Nullable Runnable hangUp;
    private final CompletableFuture<String> first = new CompletableFuture<>();

    @Override
    public void install() {
        try {
            Class<?> signalClass = Class.forName("sun.misc.Signal");
            Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
            Method name = signalClass.getMethod("getName");
            Method number = signalClass.getMethod("getNumber");
            Object handler = Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {handlerClass}, (self, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            onSignal((String) name.invoke(arguments[0]), (Integer) number.invoke(arguments[0]));
                        }
                        return null;
                    });
            Method handle = signalClass.getMethod("handle", signalClass, handlerClass);
            for (String signal : NAMES) {
                handle.invoke(null, signalClass.getConstructor(String.class).newInstance(signal), handler);
            }
        } catch (ReflectiveOperationException e) {
            // A runtime without jdk.unsupported: a signal then ends the process without a drain.
            LOG.warn("signals cannot be handled, so they do not drain", e);
        }
    }

    @Override
    public String awaitFirst() throws InterruptedException {
        try {
            return first.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("completed with a name only", e);
        }
    }

    @Override
    public void onHangUp(Runnable task) {
        hangUp = task;
    }

    @Override
    public void raise(String name) {
        first.complete(name);
    }

    private void onSignal(String name, int number) {
        if (name.equals(HANG_UP)) {
            Runnable task = hangUp;
            if (task != null) {
                // The JVM gives each signal a thread of its own.
                task.run();
            }
            return;
        }
        if (!first.complete(name)) {
            Runtime.getRuntime().halt(SIGNAL_BASE + number);
        }
    }
}
