package io.connbudget.wire.response;

import io.connbudget.wire.Command;
import io.connbudget.wire.LengthEncoded;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Packets;
import io.connbudget.wire.ServerStatus;
import io.netty.buffer.ByteBuf;

/**
 * Follows the server's packets in answer to one command, from their lengths and first bytes, and says where the answer
 * ends. Only the few packets that {@link #needsWholePacket} names are read; outcome.rows and definitions may stream past.
 *
 * <pre>
 * HEAD --OK, ERR--> DONE            --LOCAL INFILE--> LOCAL_INFILE --OK, ERR--> DONE
 *  ^   --column count--> COLUMNS --> [COLUMNS_EOF] --> ROWS --terminator--> DONE
 *  '------------------------------------ MORE_RESULTS_EXISTS ------------------'
 * PREPARE --PREPARE_OK--> [PARAMETERS --> [PARAMETERS_EOF]] --> [PREPARED_COLUMNS --> [PREPARED_COLUMNS_EOF]] --> DONE
 * FIELDS --terminator--> DONE       STATISTICS --any--> DONE       AUTH --OK, ERR--> DONE
 * </pre>
 *
 * States in brackets exist without DEPRECATE_EOF only, or where their count is not 0. An ERR ends the response in every
 * state. Compression, QUERY_ATTRIBUTES, OPTIONAL_RESULTSET_METADATA and MariaDB's extended capabilities (progress reports,
 * cached metadata) must not be negotiated.
 *
 * <p>One instance serves one session, response after response, without allocating; it belongs to one thread at a time.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html">Command Phase</a>
 */
public final class ResponseTracker {
    private static final int OK = 0x00;
    private static final int AUTH_MORE_DATA = 0x01;
    private static final int LOCAL_INFILE = 0xFB;
    private static final int EOF = 0xFE;
    private static final int ERR = 0xFF;

    private final OkView ok = new OkView();

    private Command command = Command.SLEEP;
    private boolean deprecateEof;
    private boolean sessionTrack;
    private ResponseState state = ResponseState.DONE;
    /** The last packet had the largest length, so the next one is the rest of it. */
    private boolean continued;

    private boolean awaitingLocalInfile;
    private int definitionsLeft;
    /** The EOF behind the columns announced OUT parameters, behind whose outcome.rows an OK always follows. */
    private boolean outParameters;

    private final ResponseOutcome outcome = new ResponseOutcome();

    /**
     * Starts the response to a command that is about to be sent. Whatever was left of the response before is forgotten.
     *
     * @param deprecateEof whether DEPRECATE_EOF was negotiated with this server
     * @param sessionTrack whether SESSION_TRACK was negotiated with this server
     */
    public void begin(Command command, boolean deprecateEof, boolean sessionTrack) {
        this.command = command;
        this.deprecateEof = deprecateEof;
        this.sessionTrack = sessionTrack;
        continued = false;
        awaitingLocalInfile = false;
        definitionsLeft = 0;
        outParameters = false;
        outcome.clear();
        state = ResponseState.first(command);
    }

    /** Whether the server answers the command at all: not QUIT, STMT_CLOSE and STMT_SEND_LONG_DATA. */
    public boolean expectsResponse() {
        return ResponseState.first(command) != ResponseState.DONE;
    }

    /**
     * Whether {@link #packet} has to see the entire payload of the next packet. A packet of the largest length never
     * is: what has to be seen whole is small.
     *
     * @param length payload in bytes
     * @param firstByte 0 to 255; -1 for an empty payload
     */
    public boolean needsWholePacket(int length, int firstByte) {
        if (continued || length >= Packets.MAX_PAYLOAD) {
            return false;
        }
        return switch (state) {
            case HEAD, PREPARE, LOCAL_INFILE, COLUMNS_EOF, PARAMETERS_EOF, PREPARED_COLUMNS_EOF, AUTH -> true;
            case ROWS, FIELDS -> firstByte == ERR || isTerminator(length, firstByte);
            case COLUMNS, PARAMETERS, PREPARED_COLUMNS, STATISTICS -> firstByte == ERR;
            case DONE -> false;
        };
    }

    /**
     * Takes the next packet of the response.
     *
     * @param length payload in bytes
     * @param firstByte 0 to 255; -1 for an empty payload
     * @param buffer read, not kept, and only where {@link #needsWholePacket} says so
     * @param payloadIndex absolute index of the payload in the buffer
     * @throws MalformedPacketException if no server sends such a packet at this place; the response then has no end that
     *     could be known, and the connection must be discarded
     */
    public PacketKind packet(int length, int firstByte, ByteBuf buffer, int payloadIndex) {
        if (continued) {
            continued = length == Packets.MAX_PAYLOAD;
            return PacketKind.CONTINUATION;
        }
        if (firstByte == ERR && state != ResponseState.DONE) {
            return error(length, buffer, payloadIndex);
        }
        PacketKind kind =
                switch (state) {
                    case HEAD -> head(length, firstByte, buffer, payloadIndex);
                    case COLUMNS -> definition(length, firstByte, PacketKind.COLUMN_DEFINITION);
                    case COLUMNS_EOF -> columnsEnd(length, firstByte, buffer, payloadIndex);
                    case ROWS -> row(length, firstByte, buffer, payloadIndex);
                    case LOCAL_INFILE -> localInfileResult(length, firstByte, buffer, payloadIndex);
                    case PREPARE -> prepareOk(length, firstByte, buffer, payloadIndex);
                    case PARAMETERS -> definition(length, firstByte, PacketKind.PARAMETER_DEFINITION);
                    case PARAMETERS_EOF ->
                        preparedEnd(length, firstByte, buffer, payloadIndex, PacketKind.PARAMETERS_END);
                    case PREPARED_COLUMNS -> definition(length, firstByte, PacketKind.PREPARED_COLUMN_DEFINITION);
                    case PREPARED_COLUMNS_EOF ->
                        preparedEnd(length, firstByte, buffer, payloadIndex, PacketKind.PREPARED_COLUMNS_END);
                    case FIELDS -> field(length, firstByte, buffer, payloadIndex);
                    case STATISTICS -> statistics();
                    case AUTH -> auth(length, firstByte, buffer, payloadIndex);
                    case DONE -> throw unexpected(length, firstByte, "nothing: the response is complete");
                };
        continued = length == Packets.MAX_PAYLOAD;
        return kind;
    }

    private PacketKind head(int length, int firstByte, ByteBuf buffer, int payloadIndex) {
        if (firstByte == OK || isTerminator(length, firstByte)) {
            // SET_OPTION, DEBUG and SHUTDOWN are answered by an EOF, or with DEPRECATE_EOF by an OK that looks like
            // one.
            readOk(length, buffer, payloadIndex);
            endResult();
            return PacketKind.OK;
        }
        if (firstByte == LOCAL_INFILE && mayRequestLocalInfile()) {
            requireWhole(length, firstByte);
            awaitingLocalInfile = true;
            state = ResponseState.LOCAL_INFILE;
            return PacketKind.LOCAL_INFILE_REQUEST;
        }
        if (!mayReturnRows()) {
            throw unexpected(length, firstByte, "OK, EOF or ERR");
        }
        outcome.columnCount = readColumnCount(length, firstByte, buffer, payloadIndex);
        definitionsLeft = outcome.columnCount;
        outcome.rows = 0;
        outParameters = false;
        state = ResponseState.COLUMNS;
        return PacketKind.COLUMN_COUNT;
    }

    private boolean mayRequestLocalInfile() {
        return command == Command.QUERY || command == Command.STMT_EXECUTE || command == Command.STMT_BULK_EXECUTE;
    }

    private boolean mayReturnRows() {
        return mayRequestLocalInfile() || command == Command.PROCESS_INFO || command == Command.UNKNOWN;
    }

    private int readColumnCount(int length, int firstByte, ByteBuf buffer, int payloadIndex) {
        requireWhole(length, firstByte);
        int limit = payloadIndex + length;
        long count = LengthEncoded.integerAt(buffer, payloadIndex, limit);
        if (count < 1 || count > Integer.MAX_VALUE || LengthEncoded.integerSizeAt(buffer, payloadIndex) != length) {
            throw unexpected(length, firstByte, "a column count of at least 1");
        }
        return (int) count;
    }

    private PacketKind definition(int length, int firstByte, PacketKind kind) {
        // The first field of a definition is the catalog, "def": no terminator can be mistaken for it.
        if (firstByte < 0 || isTerminator(length, firstByte)) {
            throw unexpected(length, firstByte, definitionsLeft + " more definitions");
        }
        definitionsLeft--;
        if (definitionsLeft == 0) {
            endDefinitions();
        }
        return kind;
    }

    private void endDefinitions() {
        switch (state) {
            case COLUMNS -> state = deprecateEof ? ResponseState.ROWS : ResponseState.COLUMNS_EOF;
            case PARAMETERS -> {
                if (deprecateEof) {
                    startPreparedColumns();
                } else {
                    state = ResponseState.PARAMETERS_EOF;
                }
            }
            default -> state = deprecateEof ? ResponseState.DONE : ResponseState.PREPARED_COLUMNS_EOF;
        }
    }

    private PacketKind columnsEnd(int length, int firstByte, ByteBuf buffer, int payloadIndex) {
        requireTerminator(length, firstByte);
        readOk(length, buffer, payloadIndex);
        outParameters = ok.hasStatus(ServerStatus.PS_OUT_PARAMS);
        if (cursorOpen()) {
            // The outcome.rows come with COM_STMT_FETCH; with DEPRECATE_EOF this is the OK behind no outcome.rows.
            endResult();
        } else {
            state = ResponseState.ROWS;
        }
        return PacketKind.COLUMNS_END;
    }

    private PacketKind row(int length, int firstByte, ByteBuf buffer, int payloadIndex) {
        if (isTerminator(length, firstByte)) {
            readOk(length, buffer, payloadIndex);
            if (outParameters) {
                // MySQL's EOF behind the row of OUT parameters lacks the flag, though an OK follows; so do clients read
                // it.
                outcome.status |= ServerStatus.MORE_RESULTS_EXISTS | ServerStatus.PS_OUT_PARAMS;
                outParameters = false;
            }
            endResult();
            return PacketKind.ROWS_END;
        }
        // 0x00, 0xFB and, only in a packet of the largest length, 0xFE start a row as well as any other byte does.
        if (firstByte < 0 || (firstByte == EOF && length < Packets.MAX_PAYLOAD)) {
            throw unexpected(length, firstByte, "a row or its terminator");
        }
        outcome.rows++;
        return PacketKind.ROW;
    }

    private PacketKind localInfileResult(int length, int firstByte, ByteBuf buffer, int payloadIndex) {
        if (firstByte != OK) {
            throw unexpected(length, firstByte, "OK or ERR behind the data of LOCAL INFILE");
        }
        readOk(length, buffer, payloadIndex);
        endResult();
        return PacketKind.OK;
    }

    private PacketKind prepareOk(int length, int firstByte, ByteBuf buffer, int payloadIndex) {
        requireWhole(length, firstByte);
        if (firstByte != OK || length < 9) {
            throw unexpected(length, firstByte, "a prepare OK of at least 9 bytes, or ERR");
        }
        outcome.preparedStatementId = buffer.getIntLE(payloadIndex + 1);
        outcome.preparedColumns = buffer.getUnsignedShortLE(payloadIndex + 5);
        outcome.preparedParameters = buffer.getUnsignedShortLE(payloadIndex + 7);
        outcome.warnings = length >= 12 ? buffer.getUnsignedShortLE(payloadIndex + 10) : 0;
        if (outcome.preparedParameters > 0) {
            definitionsLeft = outcome.preparedParameters;
            state = ResponseState.PARAMETERS;
        } else {
            startPreparedColumns();
        }
        return PacketKind.PREPARE_OK;
    }

    private void startPreparedColumns() {
        definitionsLeft = outcome.preparedColumns;
        state = outcome.preparedColumns > 0 ? ResponseState.PREPARED_COLUMNS : ResponseState.DONE;
    }

    private PacketKind preparedEnd(int length, int firstByte, ByteBuf buffer, int payloadIndex, PacketKind kind) {
        requireTerminator(length, firstByte);
        readOk(length, buffer, payloadIndex);
        if (kind == PacketKind.PARAMETERS_END) {
            startPreparedColumns();
        } else {
            state = ResponseState.DONE;
        }
        return kind;
    }

    private PacketKind field(int length, int firstByte, ByteBuf buffer, int payloadIndex) {
        if (isTerminator(length, firstByte)) {
            readOk(length, buffer, payloadIndex);
            state = ResponseState.DONE;
            return PacketKind.FIELDS_END;
        }
        if (firstByte < 0) {
            throw unexpected(length, firstByte, "a field definition or its terminator");
        }
        return PacketKind.FIELD_DEFINITION;
    }

    private PacketKind statistics() {
        state = ResponseState.DONE;
        return PacketKind.STATISTICS;
    }

    private PacketKind auth(int length, int firstByte, ByteBuf buffer, int payloadIndex) {
        requireWhole(length, firstByte);
        if (firstByte == EOF || firstByte == AUTH_MORE_DATA) {
            return PacketKind.AUTH_SWITCH_OR_MORE;
        }
        if (firstByte != OK) {
            throw unexpected(length, firstByte, "auth switch, auth data, OK or ERR");
        }
        readOk(length, buffer, payloadIndex);
        state = ResponseState.DONE;
        return PacketKind.OK;
    }

    private PacketKind error(int length, ByteBuf buffer, int payloadIndex) {
        requireWhole(length, ERR);
        if (length < 3) {
            throw unexpected(length, ERR, "an ERR of at least 3 bytes");
        }
        outcome.failed = true;
        outcome.errorCode = buffer.getUnsignedShortLE(payloadIndex + 1);
        state = ResponseState.DONE;
        return PacketKind.ERR;
    }

    private void endResult() {
        state = moreResults() ? ResponseState.HEAD : ResponseState.DONE;
    }

    private void readOk(int length, ByteBuf buffer, int payloadIndex) {
        requireWhole(length, EOF);
        ok.read(buffer, payloadIndex, length, sessionTrack);
        outcome.status = ok.status();
        outcome.warnings = ok.warnings();
    }

    /**
     * With DEPRECATE_EOF an OK of any length that one packet holds; else an EOF of at most 8 bytes. A row that starts with
     * 0xFE has a first column of more than 16 MB, hence a packet of the largest length.
     */
    private boolean isTerminator(int length, int firstByte) {
        return firstByte == EOF && length < (deprecateEof ? Packets.MAX_PAYLOAD : 9);
    }

    private void requireTerminator(int length, int firstByte) {
        if (firstByte != EOF || length >= 9) {
            throw unexpected(length, firstByte, "an EOF of at most 8 bytes");
        }
    }

    private void requireWhole(int length, int firstByte) {
        if (length < 1 || length >= Packets.MAX_PAYLOAD) {
            throw unexpected(length, firstByte, "1 to " + (Packets.MAX_PAYLOAD - 1) + " bytes");
        }
    }

    private MalformedPacketException unexpected(int length, int firstByte, String expected) {
        return new MalformedPacketException("packet of " + length + " bytes with first byte " + firstByte
                + " in answer to " + command + " in state " + state + ", expected " + expected);
    }

    /** Command boundary: the server has nothing more to send, and waits for nothing but the next command. */
    public boolean complete() {
        return state == ResponseState.DONE && !continued && !awaitingLocalInfile;
    }

    /** The server waits for the client's file data, whose end is an empty packet. */
    public boolean awaitingLocalInfile() {
        return awaitingLocalInfile;
    }

    /** The empty packet that ends the client's file data was sent to the server. */
    public void localInfileSent() {
        awaitingLocalInfile = false;
    }

    /** The last OK or EOF packet; holds values of an earlier response until there is one in this. */
    public OkView ok() {
        return ok;
    }

    /** What the response has said so far. */
    public ResponseOutcome outcome() {
        return outcome;
    }

    /** Whether another result follows in this response. */
    public boolean moreResults() {
        return !outcome.failed && (outcome.status & ServerStatus.MORE_RESULTS_EXISTS) != 0;
    }

    /** Whether the execution left a cursor open at the server, or the fetch found it not yet exhausted. */
    public boolean cursorOpen() {
        return !outcome.failed
                && (outcome.status & ServerStatus.CURSOR_EXISTS) != 0
                && (outcome.status & ServerStatus.LAST_ROW_SENT) == 0
                && (command == Command.STMT_EXECUTE || command == Command.STMT_FETCH);
    }
}
