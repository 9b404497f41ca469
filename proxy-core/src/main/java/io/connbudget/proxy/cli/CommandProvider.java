package io.connbudget.proxy.cli;

/** A subcommand that is there only where its classes are: found by {@link java.util.ServiceLoader}. */
public interface CommandProvider {
    /** A picocli command: an object with {@code @Command} that is a {@code Callable<Integer>}. Its result is the exit code. */
    Object command(ProxyFactory proxies);
}
