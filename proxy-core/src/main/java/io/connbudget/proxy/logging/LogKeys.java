package io.connbudget.proxy.logging;

/** Every key that a log line of the proxy may have beside {@code time}, {@code level}, {@code logger}, {@code msg}, {@code exception}, {@code stack}. */
public final class LogKeys {
    /** What happened, in snake case; each event keeps its name for ever. */
    public static final String EVENT = "event";

    /** The id of a client connection, as {@code CONNECTION_ID()} shows it to the client. */
    public static final String CLIENT = "client";

    /** Address of a client, {@code host:port}. */
    public static final String CLIENT_ADDRESS = "client_address";

    /** Account that a client logged in with. */
    public static final String USER = "user";

    /** Name of a client class. */
    public static final String CLIENT_CLASS = "class";

    /** The database's own id of a connection to it. */
    public static final String BACKEND = "backend";

    /** Address of the database, {@code host:port}. */
    public static final String BACKEND_ADDRESS = "backend_address";

    /** Command of the protocol, {@code COM_QUERY}. */
    public static final String COMMAND = "command";

    /** Why: a pin reason, the cause of a discard. */
    public static final String REASON = "reason";

    /** Label of a {@link io.connbudget.proxy.error.ProxyError}. */
    public static final String ERROR = "error";

    /** A statement without its literals, or one of the console. */
    public static final String STATEMENT = "statement";

    /** Code of a MySQL error. */
    public static final String CODE = "code";

    /** Label of an {@link io.connbudget.proxy.error.ErrorOrigin}. */
    public static final String ORIGIN = "origin";

    /** Address that clients connect to. */
    public static final String LISTEN = "listen";

    /** Address of HTTP. */
    public static final String HTTP = "http";

    /** Connections that the proxy may hold. */
    public static final String BUDGET = "budget";

    /** Backends in use. */
    public static final String IN_USE = "in_use";

    /** Waiters in the queue. */
    public static final String WAITING = "waiting";

    /** Clients that are connected. */
    public static final String CLIENTS = "clients";

    /** A time span in milliseconds. */
    public static final String MILLIS = "millis";

    /** When a backend may pass on: {@code eager}, {@code transaction}, {@code session}. */
    public static final String HANDOFF = "handoff";

    /** Version of connbudget, or of the database's server. */
    public static final String VERSION = "version";

    /** Name of a signal without {@code SIG}. */
    public static final String SIGNAL = "signal";

    /** Address of the console. */
    public static final String CONSOLE = "console";

    /** How a console statement ended: {@code done} or {@code refused}. */
    public static final String OUTCOME = "outcome";

    /** A client's statement with literals as {@code ?}. */
    public static final String DIGEST = "digest";

    /** Events like this one that were left out since the last one. */
    public static final String SUPPRESSED = "suppressed";

    private LogKeys() {}
}
