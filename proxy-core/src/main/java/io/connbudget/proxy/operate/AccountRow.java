package io.connbudget.proxy.operate;

import org.jspecify.annotations.Nullable;

/**
 * An account that may log in.
 *
 * @param surface {@code proxy}, or {@code console} for operators
 * @param secret {@code password}, {@code caching_sha2_password} or {@code mysql_native_password}: the form in which it is known
 * @param role what it may do: as a client of the proxy, an operator, or a reader
 * @param clients clients that are logged in with it; null for the console
 */
public record AccountRow(
        String name,
        String surface,
        String secret,
        String role,
        @Nullable Integer clients) {}
