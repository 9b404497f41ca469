package io.connbudget.wire.response;

import io.connbudget.wire.ServerStatus;

/** What a response has said so far; written by its {@link ResponseTracker}, on its thread. */
public final class ResponseOutcome {
    boolean failed;
    int errorCode;
    int status;
    int warnings;
    long rows;
    int columnCount;
    int preparedStatementId;
    int preparedParameters;
    int preparedColumns;

    ResponseOutcome() {}

    void clear() {
        failed = false;
        errorCode = 0;
        status = 0;
        warnings = 0;
        rows = 0;
        columnCount = 0;
        preparedStatementId = 0;
        preparedParameters = 0;
        preparedColumns = 0;
    }

    /**
     * Bits of {@link ServerStatus} of the last OK or EOF packet in this response; 0 before. MORE_RESULTS_EXISTS is also set
     * behind a row of OUT parameters, where the EOF itself may lack it.
     */
    public int status() {
        return status;
    }

    /** Warnings, 0 to 65535, of the last OK, EOF or prepare OK packet in this response; 0 before. */
    public int warnings() {
        return warnings;
    }

    /** Whether the response ended with ERR. */
    public boolean failed() {
        return failed;
    }

    /** Code of the ERR that ended the response, 1 to 65535; 0 where there was none. */
    public int errorCode() {
        return errorCode;
    }

    /** Rows so far of the last result set in this response. */
    public long rows() {
        return rows;
    }

    /** Columns, at least 1, of the last result set in this response; 0 where there was none. */
    public int columnCount() {
        return columnCount;
    }

    /** The server's id, 32 bits, of the statement that COM_STMT_PREPARE made. */
    public int preparedStatementId() {
        return preparedStatementId;
    }

    /** Parameters, 0 to 65535, of the statement that COM_STMT_PREPARE made. */
    public int preparedParameters() {
        return preparedParameters;
    }

    /** Columns, 0 to 65535, of the statement that COM_STMT_PREPARE made. */
    public int preparedColumns() {
        return preparedColumns;
    }
}
