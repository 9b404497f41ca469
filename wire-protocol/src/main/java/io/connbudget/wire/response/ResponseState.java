package io.connbudget.wire.response;

import io.connbudget.wire.Command;

/** What the server may send next; see the picture of {@link ResponseTracker}. */
enum ResponseState {
    HEAD,
    COLUMNS,
    COLUMNS_EOF,
    ROWS,
    LOCAL_INFILE,
    PREPARE,
    PARAMETERS,
    PARAMETERS_EOF,
    PREPARED_COLUMNS,
    PREPARED_COLUMNS_EOF,
    FIELDS,
    STATISTICS,
    AUTH,
    DONE;

    /** Where the response to a command begins. */
    static ResponseState first(Command command) {
        return switch (command) {
            case QUIT, STMT_CLOSE, STMT_SEND_LONG_DATA -> DONE;
            case STMT_PREPARE -> PREPARE;
            case FIELD_LIST -> FIELDS;
            case STATISTICS -> STATISTICS;
            case CHANGE_USER -> AUTH;
            // No definitions: outcome.rows at once. The events of a binary log stream begin, like binary outcome.rows,
            // with 0x00.
            case STMT_FETCH, BINLOG_DUMP, BINLOG_DUMP_GTID, TABLE_DUMP -> ROWS;
            default -> HEAD;
        };
    }
}
