package io.connbudget.proxy.backend.driver;

import io.connbudget.proxy.backend.BackendHost;
import io.connbudget.proxy.backend.BackendSettings;
import io.connbudget.proxy.backend.BackendUnavailable;
import io.connbudget.proxy.backend.BackendUnavailable.Kind;
import io.connbudget.proxy.backend.PhysicalPermits;
import io.connbudget.proxy.backend.ReadOnlyServer;
import java.sql.SQLException;

/** Says in our words why a connection could not be opened. */
final class ConnectFailures {
    private static final int ER_CON_COUNT_ERROR = 1040;
    private static final int ER_DBACCESS_DENIED = 1044;
    private static final int ER_ACCESS_DENIED = 1045;
    private static final int ER_HOST_IS_BLOCKED = 1129;
    private static final int ER_HOST_NOT_PRIVILEGED = 1130;
    private static final int ER_TOO_MANY_USER_CONNECTIONS = 1203;
    private static final int ER_USER_LIMIT_REACHED = 1226;
    private static final int ER_ACCESS_DENIED_NO_PASSWORD = 1698;
    private static final int ER_MUST_CHANGE_PASSWORD_LOGIN = 1862;
    private static final int ER_ACCOUNT_LOCKED = 3118;
    private static final int MARIADB_ER_ACCOUNT_LOCKED = 4151;

    private ConnectFailures() {}

    static BackendUnavailable classify(ConnectCall call, Throwable failure) {
        AdoptedChannel channel = call.channel();
        int greetingCode = channel == null ? 0 : channel.driver().login().serverErrorCode();
        int code = greetingCode != 0 ? greetingCode : serverCode(failure);
        BackendHost where = call.host;
        if (failure instanceof ReadOnlyServer.Refused) {
            return new BackendUnavailable(
                    Kind.READ_ONLY,
                    0,
                    "the database " + where + " is read-only, which `backend.read-only` refuses",
                    failure);
        }
        return switch (code) {
            case ER_CON_COUNT_ERROR, ER_TOO_MANY_USER_CONNECTIONS, ER_USER_LIMIT_REACHED ->
                new BackendUnavailable(
                        Kind.REFUSED_BY_SERVER,
                        code,
                        "the database " + where + " has no room for another connection (error " + code + ")",
                        failure);
            case ER_ACCESS_DENIED,
                    ER_DBACCESS_DENIED,
                    ER_HOST_IS_BLOCKED,
                    ER_HOST_NOT_PRIVILEGED,
                    ER_ACCESS_DENIED_NO_PASSWORD,
                    ER_MUST_CHANGE_PASSWORD_LOGIN,
                    ER_ACCOUNT_LOCKED,
                    MARIADB_ER_ACCOUNT_LOCKED ->
                new BackendUnavailable(
                        Kind.ACCESS_DENIED,
                        code,
                        "the database " + where + " does not let the pool's account in (error " + code + ")",
                        failure);
            default ->
                new BackendUnavailable(
                        Kind.UNREACHABLE,
                        code,
                        "the database " + where + " is not reachable: " + rootMessage(failure),
                        failure);
        };
    }

    static BackendUnavailable noPermit(BackendSettings settings, PhysicalPermits permits) {
        return new BackendUnavailable(
                Kind.TIMEOUT,
                0,
                "no permit for another connection within "
                        + settings.connectTimeout().toMillis() + " ms: limit "
                        + permits.limit() + ", held " + permits.held() + ", of these closing "
                        + permits.count(PhysicalPermits.Phase.CLOSING),
                null);
    }

    private static int serverCode(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof SQLException sql && sql.getErrorCode() != 0) {
                return sql.getErrorCode();
            }
        }
        return 0;
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = root.getMessage();
        return root.getClass().getSimpleName() + (message == null ? "" : ": " + message);
    }
}
