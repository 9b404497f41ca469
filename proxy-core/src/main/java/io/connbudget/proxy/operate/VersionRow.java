package io.connbudget.proxy.operate;

/** Versions of the proxy, the Java that runs it and, once reached, the database. */
public record VersionRow(String version, String java, String database) {}
