package io.connbudget.wire;

/**
 * Status flags of OK and EOF packets: two bytes, here in the low half of an int.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/mysql__com_8h.html#a1d854e841086925be1883e4d7b4e8cad">SERVER_STATUS_flags_enum</a>
 */
public final class ServerStatus {
    public static final int IN_TRANS = 0x0001;
    public static final int AUTOCOMMIT = 0x0002;
    /** Another result follows this one in the same response. */
    public static final int MORE_RESULTS_EXISTS = 0x0008;

    public static final int NO_GOOD_INDEX_USED = 0x0010;
    public static final int NO_INDEX_USED = 0x0020;
    /** A cursor is open: the rows come in answer to COM_STMT_FETCH. */
    public static final int CURSOR_EXISTS = 0x0040;
    /** The cursor is exhausted, and with that closed. */
    public static final int LAST_ROW_SENT = 0x0080;

    public static final int DB_DROPPED = 0x0100;
    public static final int NO_BACKSLASH_ESCAPES = 0x0200;
    public static final int METADATA_CHANGED = 0x0400;
    public static final int QUERY_WAS_SLOW = 0x0800;
    /** The result set holds the OUT parameters of a prepared CALL. */
    public static final int PS_OUT_PARAMS = 0x1000;

    public static final int IN_TRANS_READONLY = 0x2000;
    /** The OK packet holds a session-state block, if SESSION_TRACK was negotiated. */
    public static final int SESSION_STATE_CHANGED = 0x4000;
    /** MariaDB only: {@code sql_mode} has ANSI_QUOTES. */
    public static final int ANSI_QUOTES = 0x8000;

    private ServerStatus() {}
}
