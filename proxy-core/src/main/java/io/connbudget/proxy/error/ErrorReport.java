package io.connbudget.proxy.error;

import java.time.Duration;

/**
 * One error for one client: what to send, count and log. Immutable, for any thread.
 *
 * @param error its place in the catalogue
 * @param message text of the ERR packet, ASCII but for names that the client sent; at most {@value #MAX_MESSAGE_LENGTH} characters, longer ones are cut
 */
public record ErrorReport(ProxyError error, String message) {
    /** MySQL's own limit of an error message (MYSQL_ERRMSG_SIZE, 512 with the final zero byte). */
    public static final int MAX_MESSAGE_LENGTH = 511;

    private static final int MAX_NAME_LENGTH = 96;

    public ErrorReport {
        if (message.length() > MAX_MESSAGE_LENGTH) {
            message = message.substring(0, MAX_MESSAGE_LENGTH);
        }
    }

    /** At connect: {@code limit} client connections are open. */
    public static ErrorReport tooManyClients(int limit) {
        return new ErrorReport(
                ProxyError.TOO_MANY_CLIENTS,
                "Too many connections: connbudget serves " + limit
                        + " clients (frontend.max-clients); close idle ones or raise the limit");
    }

    /** At connect: {@code limit} connections, of this address or in all, have not logged in yet. */
    public static ErrorReport tooManyUnauthenticated(int limit, boolean ofOneSource) {
        return new ErrorReport(
                ProxyError.TOO_MANY_CLIENTS,
                "Too many connections: " + limit
                        + (ofOneSource
                                ? " clients of this address are at their login (frontend.door.max-unauthenticated-per-source)"
                                : " clients are at their login (frontend.max-unauthenticated)")
                        + "; try again shortly");
    }

    public static ErrorReport queueFull(BudgetPicture picture, int queueLength) {
        return new ErrorReport(
                ProxyError.QUEUE_FULL,
                "Too many connections: the wait queue is full (" + picture.text() + " queue-length=" + queueLength
                        + "); nothing was executed, try again later or raise budget.queue-length");
    }

    public static ErrorReport queueTimeout(BudgetPicture picture, Duration waited) {
        return new ErrorReport(
                ProxyError.QUEUE_TIMEOUT,
                "Too many connections: no backend was free within " + waited.toMillis() + "ms (" + picture.text()
                        + "); nothing was executed, try again later or raise budget.max-connections or budget.queue-timeout");
    }

    /** In the words of MySQL: the same for an unknown account as for a wrong password. */
    public static ErrorReport accessDenied(String user, String host, boolean usingPassword) {
        return new ErrorReport(
                ProxyError.ACCESS_DENIED,
                "Access denied for user '" + clip(user) + "'@'" + clip(host) + "' (using password: "
                        + (usingPassword ? "YES" : "NO") + ")");
    }

    /** The account may not select the schema that it names. */
    public static ErrorReport schemaDenied(String user, String host, String schema) {
        return new ErrorReport(
                ProxyError.SCHEMA_DENIED,
                "Access denied for user '" + clip(user) + "'@'" + clip(host) + "' to database '" + clip(schema) + "'");
    }

    public static ErrorReport secureTransportRequired() {
        return new ErrorReport(
                ProxyError.SECURE_TRANSPORT_REQUIRED,
                "Connections using insecure transport are prohibited (frontend.tls.mode: require)");
    }

    public static ErrorReport handshakeTimeout(Duration limit) {
        return new ErrorReport(
                ProxyError.HANDSHAKE_TIMEOUT,
                "Got timeout reading communication packets: no login within " + limit.toMillis()
                        + "ms (frontend.handshake-timeout)");
    }

    /** {@code detail} says what ended the backend, for example {@code "the database closed the connection"}. */
    public static ErrorReport backendLost(String detail) {
        return new ErrorReport(
                ProxyError.BACKEND_LOST,
                "Lost connection to MySQL server during query: " + detail
                        + "; the outcome of the statement is unknown");
    }

    /**
     * What a session kept on its backend was ended since others waited.
     *
     * @param message the budget's own words
     * @param lost what the session had there
     */
    public static ErrorReport reclaimed(String message, String lost) {
        return new ErrorReport(ProxyError.CLASS_QUOTA, message + "; lost: " + lost);
    }

    /** {@code detail} is the cause, without credentials. */
    public static ErrorReport databaseUnreachable(String address, String detail) {
        return new ErrorReport(
                ProxyError.DATABASE_UNREACHABLE,
                "Can't connect to MySQL server on '" + address + "': " + detail + "; nothing was executed");
    }

    /** No backend could be opened within the queue timeout, since the database itself refuses; {@code detail} says with what. */
    public static ErrorReport databaseFull(String detail) {
        return new ErrorReport(
                ProxyError.QUEUE_TIMEOUT,
                "Too many connections: " + detail
                        + "; nothing was executed, try again later, lower budget.max-connections to what the database leaves, or set it to auto");
    }

    public static ErrorReport draining() {
        return new ErrorReport(
                ProxyError.DRAINING,
                "Server shutdown in progress: connbudget drains; nothing was executed, connect again");
    }

    /** {@code command} is the name of the command, for example {@code COM_BINLOG_DUMP}. */
    public static ErrorReport commandNotServed(String command) {
        return new ErrorReport(
                ProxyError.COMMAND_NOT_SERVED, "Unknown command: connbudget does not serve " + clip(command));
    }

    /** {@code what} names the statement or capability, {@code instead} what to do. */
    public static ErrorReport notSupported(String what, String instead) {
        return new ErrorReport(
                ProxyError.NOT_SUPPORTED, "This version of connbudget does not support " + clip(what) + "; " + instead);
    }

    public static ErrorReport packetTooLarge(long gotBytes, long limitBytes) {
        return new ErrorReport(
                ProxyError.PACKET_TOO_LARGE,
                "Got a packet bigger than 'max_allowed_packet' bytes: got " + gotBytes + ", limit " + limitBytes
                        + " (frontend.max-packet-bytes)");
    }

    /** {@code detail} says what was got and what was expected, with units and without payload bytes. */
    public static ErrorReport malformedPacket(String detail) {
        return new ErrorReport(ProxyError.MALFORMED_PACKET, "Malformed communication packet: " + detail);
    }

    public static ErrorReport packetsOutOfOrder(int got, int expected) {
        return new ErrorReport(
                ProxyError.PACKETS_OUT_OF_ORDER,
                "Got packets out of order: sequence id " + got + ", expected " + expected);
    }

    public static ErrorReport unknownStatement(long statementId, String command) {
        return new ErrorReport(
                ProxyError.UNKNOWN_STATEMENT,
                "Unknown prepared statement handler (" + statementId + ") given to " + clip(command));
    }

    /** In MySQL's words. */
    public static ErrorReport typesUnknown() {
        return new ErrorReport(ProxyError.WRONG_ARGUMENTS, "Incorrect arguments to mysqld_stmt_execute");
    }

    public static ErrorReport noOpenCursor(long statementId) {
        return new ErrorReport(ProxyError.NO_OPEN_CURSOR, "The statement (" + statementId + ") has no open cursor.");
    }

    public static ErrorReport tooManyStatements(int limit) {
        return new ErrorReport(
                ProxyError.TOO_MANY_STATEMENTS,
                "Can't create more than max_prepared_stmt_count statements (current value: " + limit
                        + ", session.max-prepared-statements)");
    }

    public static ErrorReport noSuchClient(long connectionId) {
        return new ErrorReport(ProxyError.NO_SUCH_CLIENT, "Unknown thread id: " + connectionId);
    }

    /** {@code detail} says which step failed; the exception itself goes to the log only. */
    public static ErrorReport proxyFault(String detail) {
        return new ErrorReport(ProxyError.PROXY_FAULT, "connbudget failed: " + detail);
    }

    private static String clip(String name) {
        return name.length() <= MAX_NAME_LENGTH ? name : name.substring(0, MAX_NAME_LENGTH) + "...";
    }
}
