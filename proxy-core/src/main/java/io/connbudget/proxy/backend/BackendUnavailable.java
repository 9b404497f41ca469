package io.connbudget.proxy.backend;

import org.jspecify.annotations.Nullable;

/** No backend could be had. The message holds no secret and may be told to a client. */
public final class BackendUnavailable extends Exception {
    /** What stood in the way. */
    public enum Kind {
        /** The server said 1040, 1203 or 1226: it has no room for one more connection. */
        REFUSED_BY_SERVER,
        /** The server does not accept the pool's account, password or host. */
        ACCESS_DENIED,
        /** The server does not answer, breaks off, or its TLS or protocol is not acceptable. */
        UNREACHABLE,
        /** The server is read-only, and the configuration wants one that takes writes. */
        READ_ONLY,
        /** All backends stayed in use until the deadline. */
        TIMEOUT,
        /** The pool is closed. */
        CLOSED
    }

    private final Kind kind;
    private final int serverErrorCode;

    public BackendUnavailable(Kind kind, int serverErrorCode, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.serverErrorCode = serverErrorCode;
    }

    public Kind kind() {
        return kind;
    }

    /** Whether another host may take the place of this one, and a later attempt may succeed. */
    public boolean outOfReach() {
        return kind == Kind.UNREACHABLE || kind == Kind.READ_ONLY;
    }

    /** The server's own error code, or 0 where the server did not speak. */
    public int serverErrorCode() {
        return serverErrorCode;
    }
}
