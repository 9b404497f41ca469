package io.connbudget.proxy.operate;

/**
 * Something that happened, as in the log.
 *
 * @param time date and time, UTC
 * @param event its name, in snake case
 * @param detail one line
 */
public record EventRow(String time, String event, String detail) {}
