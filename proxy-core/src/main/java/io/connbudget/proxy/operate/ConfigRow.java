package io.connbudget.proxy.operate;

/**
 * One key of the configuration.
 *
 * @param value as it would be written in the file; secrets are {@code ***}
 * @param byDefault column {@code default}
 * @param changeable {@code yes}: RELOAD takes a change; {@code no}: it needs a restart
 */
public record ConfigRow(
        String key, String value, @Named("default") String byDefault, String changeable) {}
