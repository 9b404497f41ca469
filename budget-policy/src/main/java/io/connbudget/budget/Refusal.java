package io.connbudget.budget;

/**
 * A refusal as the client is told it. The message is one line of at most {@value #MAX_MESSAGE} characters, names limits,
 * counts and holders, and holds no secret.
 *
 * @param reason why
 * @param clientClass name of the class concerned
 * @param message text of the MySQL error
 */
public record Refusal(Reason reason, String clientClass, String message) {

    /** MySQL cuts an error's text at 512 bytes ({@code MYSQL_ERRMSG_SIZE}). */
    static final int MAX_MESSAGE = 500;

    public Refusal {
        if (message.length() > MAX_MESSAGE) {
            message = message.substring(0, MAX_MESSAGE);
        }
    }

    /** Code of the MySQL error packet. */
    public int code() {
        return reason.code;
    }

    /** Five characters of the MySQL error packet. */
    public String sqlState() {
        return reason.sqlState;
    }

    /** Why a client, a request or a held permit is refused, with the MySQL error that says so. */
    public enum Reason {
        /** At connect: client limit of the class or in all. ER_CON_COUNT_ERROR. */
        TOO_MANY_CLIENTS(1040, "08004"),
        /** The class's queue is full. ER_CON_COUNT_ERROR. */
        QUEUE_FULL(1040, "08004"),
        /** Waited until the class's queue timeout. ER_CON_COUNT_ERROR. */
        QUEUE_TIMEOUT(1040, "08004"),
        /** The class may hold no permit at all. ER_USER_LIMIT_REACHED. */
        CLASS_QUOTA(1226, "42000"),
        /** The session was pinned and idle, its class above max-pinned, and others waited. ER_USER_LIMIT_REACHED. */
        PIN_QUOTA(1226, "42000"),
        /** The session held its backend idle for too long while others waited. ER_USER_LIMIT_REACHED. */
        IDLE_IN_TRANSACTION(1226, "42000"),
        /** The session held its backend for too long while others waited. ER_USER_LIMIT_REACHED. */
        TRANSACTION_TIME(1226, "42000"),
        /** The proxy stops. ER_SERVER_SHUTDOWN. */
        DRAINING(1053, "08S01");

        private final int code;
        private final String sqlState;

        Reason(int code, String sqlState) {
            this.code = code;
            this.sqlState = sqlState;
        }
    }
}
