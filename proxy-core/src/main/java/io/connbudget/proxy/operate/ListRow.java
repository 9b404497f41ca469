package io.connbudget.proxy.operate;

/** How many there are of a thing. */
public record ListRow(String list, long items) {}
