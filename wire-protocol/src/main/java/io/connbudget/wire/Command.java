package io.connbudget.wire;

import java.util.Arrays;

/**
 * First byte of a client's packet outside the handshake.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/my__command_8h.html">enum_server_command</a>
 */
public enum Command {
    SLEEP(0x00),
    QUIT(0x01),
    INIT_DB(0x02),
    QUERY(0x03),
    FIELD_LIST(0x04),
    CREATE_DB(0x05),
    DROP_DB(0x06),
    REFRESH(0x07),
    SHUTDOWN(0x08),
    STATISTICS(0x09),
    PROCESS_INFO(0x0a),
    CONNECT(0x0b),
    PROCESS_KILL(0x0c),
    DEBUG(0x0d),
    PING(0x0e),
    TIME(0x0f),
    DELAYED_INSERT(0x10),
    CHANGE_USER(0x11),
    BINLOG_DUMP(0x12),
    TABLE_DUMP(0x13),
    CONNECT_OUT(0x14),
    REGISTER_SLAVE(0x15),
    STMT_PREPARE(0x16),
    STMT_EXECUTE(0x17),
    STMT_SEND_LONG_DATA(0x18),
    STMT_CLOSE(0x19),
    STMT_RESET(0x1a),
    SET_OPTION(0x1b),
    STMT_FETCH(0x1c),
    DAEMON(0x1d),
    BINLOG_DUMP_GTID(0x1e),
    RESET_CONNECTION(0x1f),
    CLONE(0x20),
    /** MariaDB only: many executions of one statement in one packet. */
    STMT_BULK_EXECUTE(0xfa),
    /** Any code that is not listed here. */
    UNKNOWN(-1);

    private static final Command[] BY_CODE = byCode();

    private final int code;

    Command(int code) {
        this.code = code;
    }

    /** The byte on the wire, 0 to 255; -1 for {@link #UNKNOWN}. */
    public int code() {
        return code;
    }

    /** The command of a first byte; {@link #UNKNOWN} for any value that names none, in or out of the range of a byte. */
    public static Command of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : UNKNOWN;
    }

    private static Command[] byCode() {
        Command[] table = new Command[256];
        Arrays.fill(table, UNKNOWN);
        for (Command command : values()) {
            if (command.code >= 0) {
                table[command.code] = command;
            }
        }
        return table;
    }
}
