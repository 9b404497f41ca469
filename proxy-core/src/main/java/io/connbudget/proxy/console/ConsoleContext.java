package io.connbudget.proxy.console;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * What all connections of the console share.
 *
 * @param operators accounts by name, as of now
 * @param nobody an account that nobody can log in with
 * @param threads for statements, which block
 * @param version of the proxy, as clients see it in the greeting
 * @param loginLimit how long a login may take
 */
record ConsoleContext(
        Supplier<Map<String, Operator>> operators,
        Operator nobody,
        ConsoleCommands commands,
        Executor threads,
        SecureRandom random,
        String version,
        Duration loginLimit) {}
