package io.connbudget.wire.response;

/** What a packet of a response is. */
public enum PacketKind {
    /** The result of a statement without rows, or the answer to a command; an EOF packet where a server sends that. */
    OK,
    /** Ends the response, in whatever state it is. */
    ERR,
    COLUMN_COUNT,
    COLUMN_DEFINITION,
    /** The EOF between definitions and rows; with a cursor the end of the response. */
    COLUMNS_END,
    /** A row, text or binary; an event of a binary log stream. */
    ROW,
    /** The EOF, or with DEPRECATE_EOF the OK, behind the last row. */
    ROWS_END,
    LOCAL_INFILE_REQUEST,
    PREPARE_OK,
    PARAMETER_DEFINITION,
    PARAMETERS_END,
    PREPARED_COLUMN_DEFINITION,
    PREPARED_COLUMNS_END,
    FIELD_DEFINITION,
    FIELDS_END,
    STATISTICS,
    /** In answer to COM_CHANGE_USER: the client has to go on with the authentication. */
    AUTH_SWITCH_OR_MORE,
    /** The rest of a packet of 16,777,215 bytes. */
    CONTINUATION
}
