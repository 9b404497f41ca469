package io.connbudget.proxy.backend;

import io.connbudget.wire.message.ErrPacket;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The database knows the account of a login, and does not let it in for a reason that is no wrong password. */
public final class AccountRefused extends Exception {
    private static final int ER_TOO_MANY_USER_CONNECTIONS = 1203;
    private static final int ER_USER_LIMIT_REACHED = 1226;
    private static final int ER_MUST_CHANGE_PASSWORD_LOGIN = 1862;
    private static final int ER_ACCOUNT_LOCKED = 3118;
    private static final int ER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK = 3955;
    private static final int MARIADB_ER_USER_IS_BLOCKED = 4150;
    private static final int MARIADB_ER_ACCOUNT_LOCKED = 4151;

    /** Both servers give these to the right password only; a wrong one gets 1045. */
    private static final Set<Integer> TO_THE_RIGHT_PASSWORD = Set.of(
            ER_TOO_MANY_USER_CONNECTIONS,
            ER_USER_LIMIT_REACHED,
            ER_MUST_CHANGE_PASSWORD_LOGIN,
            ER_ACCOUNT_LOCKED,
            MARIADB_ER_ACCOUNT_LOCKED);

    /** Given whatever the password is, behind too many wrong ones. */
    private static final Set<Integer> TO_ANY_PASSWORD =
            Set.of(ER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK, MARIADB_ER_USER_IS_BLOCKED);

    /** What Connector/J makes of the server's general SQLSTATE in some of its exceptions: that of ODBC 2. */
    private static final String DRIVERS_GENERAL_STATE = "S1000";

    private static final String GENERAL_STATE = "HY000";

    private final transient ErrPacket error;

    private AccountRefused(ErrPacket error) {
        super(error.message());
        this.error = error;
    }

    /**
     * What the driver's exception says of the account; null where it says something else.
     *
     * @param failure of a login of that account: its text is the server's alone
     */
    static @Nullable AccountRefused of(SQLException failure) {
        int code = failure.getErrorCode();
        if (!TO_THE_RIGHT_PASSWORD.contains(code) && !TO_ANY_PASSWORD.contains(code)) {
            return null;
        }
        String state = failure.getSQLState();
        boolean general = state == null || state.equals(DRIVERS_GENERAL_STATE);
        return new AccountRefused(
                new ErrPacket(code, general ? GENERAL_STATE : state, String.valueOf(failure.getMessage())));
    }

    /** The server's own error; it names the account, and the address from which the proxy comes to the server. */
    public ErrPacket error() {
        return error;
    }

    /** Whether the password was right. */
    public boolean rightPassword() {
        return TO_THE_RIGHT_PASSWORD.contains(error.code());
    }
}
