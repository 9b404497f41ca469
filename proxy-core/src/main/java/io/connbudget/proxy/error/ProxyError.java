package io.connbudget.proxy.error;

import java.util.Locale;
import org.slf4j.event.Level;

/**
 * The errors that the proxy itself gives. Codes and SQLSTATEs are MySQL's own, so that drivers classify them as they would without the proxy.
 *
 * @see <a href="https://dev.mysql.com/doc/mysql-errors/9.1/en/server-error-reference.html">MySQL server error reference</a>
 */
public enum ProxyError {
    /** Too many client connections, or too many that have not logged in; given at connect. */
    TOO_MANY_CLIENTS(1040, "08004", ErrorOrigin.BUDGET, Level.WARN),
    /** The wait queue has no place left; given in answer to the statement, the connection stays usable. */
    QUEUE_FULL(1040, "08004", ErrorOrigin.BUDGET, Level.WARN),
    /** No backend became free before the queue timeout; given in answer to the statement, the connection stays usable. */
    QUEUE_TIMEOUT(1040, "08004", ErrorOrigin.BUDGET, Level.WARN),
    /** A client class is over a quota of its own. */
    CLASS_QUOTA(1226, "42000", ErrorOrigin.BUDGET, Level.WARN),
    /** Wrong user or password, or an unknown account. */
    ACCESS_DENIED(1045, "28000", ErrorOrigin.CLIENT, Level.INFO),
    /** The account may not select the schema that it names. */
    SCHEMA_DENIED(1044, "42000", ErrorOrigin.CLIENT, Level.INFO),
    /** The client did not use TLS where the configuration requires it. */
    SECURE_TRANSPORT_REQUIRED(3159, "HY000", ErrorOrigin.CLIENT, Level.INFO),
    /** The client did not finish its login in time. */
    HANDSHAKE_TIMEOUT(1159, "08S01", ErrorOrigin.CLIENT, Level.INFO),
    /** The backend was lost with a statement on it whose outcome is unknown. */
    BACKEND_LOST(2013, "HY000", ErrorOrigin.BACKEND, Level.WARN),
    /** No connection to the database can be made; nothing was executed. */
    DATABASE_UNREACHABLE(2003, "HY000", ErrorOrigin.BACKEND, Level.ERROR),
    /** The proxy drains; nothing was executed. */
    DRAINING(1053, "08S01", ErrorOrigin.PROXY, Level.INFO),
    /** A command of the protocol that the proxy does not serve. */
    COMMAND_NOT_SERVED(1047, "08S01", ErrorOrigin.CLIENT, Level.INFO),
    /** A capability or statement that the proxy does not serve. */
    NOT_SUPPORTED(1235, "42000", ErrorOrigin.CLIENT, Level.INFO),
    /** A packet over the configured limit. */
    PACKET_TOO_LARGE(1153, "08S01", ErrorOrigin.CLIENT, Level.INFO),
    /** A packet that breaks the protocol; the connection closes. */
    MALFORMED_PACKET(1835, "HY000", ErrorOrigin.CLIENT, Level.INFO),
    /** A packet with a wrong sequence id; the connection closes. */
    PACKETS_OUT_OF_ORDER(1156, "08S01", ErrorOrigin.CLIENT, Level.INFO),
    /** A prepared-statement id that this client does not have. */
    UNKNOWN_STATEMENT(1243, "HY000", ErrorOrigin.CLIENT, Level.INFO),
    /** An execution without the types of its parameters, which no execution of the statement before it has told. */
    WRONG_ARGUMENTS(1210, "HY000", ErrorOrigin.CLIENT, Level.INFO),
    /** COM_STMT_FETCH for a statement that has no open cursor. */
    NO_OPEN_CURSOR(1421, "HY000", ErrorOrigin.CLIENT, Level.INFO),
    /** More prepared statements than a session may hold. */
    TOO_MANY_STATEMENTS(1461, "42000", ErrorOrigin.BUDGET, Level.WARN),
    /** KILL of a connection id that no client of this proxy has. */
    NO_SUCH_CLIENT(1094, "HY000", ErrorOrigin.CLIENT, Level.INFO),
    /** A fault of the proxy. */
    PROXY_FAULT(1105, "HY000", ErrorOrigin.PROXY, Level.ERROR);

    private final int code;
    private final String sqlState;
    private final ErrorOrigin origin;
    private final Level level;
    private final String label;

    ProxyError(int code, String sqlState, ErrorOrigin origin, Level level) {
        this.code = code;
        this.sqlState = sqlState;
        this.origin = origin;
        this.level = level;
        this.label = name().toLowerCase(Locale.ROOT);
    }

    /** MySQL error number, 1000 to 65535. */
    public int code() {
        return code;
    }

    /** Five characters. */
    public String sqlState() {
        return sqlState;
    }

    public ErrorOrigin origin() {
        return origin;
    }

    /** Level at which one occurrence is logged. */
    public Level level() {
        return level;
    }

    /** Value of the metric tag {@code reason} and of the log key {@code error}. */
    public String label() {
        return label;
    }
}
