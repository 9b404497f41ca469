package io.connbudget.proxy.config;

/**
 * An option of {@code serve} that sets a key.
 *
 * @param name with its dashes: {@code --listen}
 * @param key that it sets: {@code listen}
 * @param description one line, with the default
 */
public record ConfigFlag(String name, String key, String description) {}
