package io.connbudget.proxy.config;

/** Whose clients share one turn inside a class. */
public enum FairBetween {
    HOST,
    PROCESS
}
