package io.connbudget.proxy.operate;

/** One statement that the console takes. */
public record HelpRow(String statement, String meaning, String role) {}
