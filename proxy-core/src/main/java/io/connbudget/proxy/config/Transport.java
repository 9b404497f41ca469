package io.connbudget.proxy.config;

/** Which of Netty's transports the event loops use. */
public enum Transport {
    /** Epoll where the system has it, else NIO. */
    AUTO,
    EPOLL,
    NIO
}
