package io.connbudget.proxy.operate;

import java.time.Duration;

/**
 * What an operator can do to a proxy. Each method answers with one line on what was done. Methods may block, so none is called on an event loop.
 * Thread-safe.
 */
public interface ProxyControl {
    /**
     * Gives no backend to anybody from here on; clients wait in their queues, each until its queue timeout. Waits until the last backend is free.
     *
     * @param wait longest wait; the pause stays in force after it
     */
    String pause(Duration wait) throws OperateException;

    /** Ends {@link #pause}. */
    String resume() throws OperateException;

    /** Replaces every connection to the database: idle ones at once, leased ones when their lease ends. */
    String reconnect() throws OperateException;

    /** Reads the configuration again and puts in force what can change without a restart. A refusal changes nothing. */
    String reload() throws OperateException;

    /** Ends a client's connection, and what runs for it at the database. */
    String kill(long clientId) throws OperateException;

    /** Changes one key of a client class until the next reload. */
    String set(String clientClass, String key, String value) throws OperateException;

    /** Ends the process, after a drain where {@code drain}; returns at once. */
    String shutdown(boolean drain) throws OperateException;
}
