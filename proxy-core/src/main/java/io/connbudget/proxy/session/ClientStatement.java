package io.connbudget.proxy.session;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement that a client has prepared: its id is ours, so it outlives every backend. Owned by the client's loop. */
public final class ClientStatement {
    private static final byte[] NO_TYPES = new byte[0];

    private final int id;
    private final StatementText prepared;
    private StatementText text;
    private byte[] sharedTypes = NO_TYPES;
    private @Nullable SessionState sharedUnder;
    private final int parameters;
    private byte[] types = NO_TYPES;
    private @Nullable List<byte[]> longData;
    private int longDataBytes;
    private byte @Nullable [] longDataError;
    private boolean cursor;
    private boolean longDataSent;
    private BackendStatements.@Nullable Prepared own;

    public ClientStatement(int id, StatementText text, int parameters) {
        this.id = id;
        this.prepared = text;
        this.text = text;
        this.parameters = parameters;
    }

    /** The id that the client knows. */
    public int id() {
        return id;
    }

    /** By what backends know the statement: {@link #prepared}, or what {@link #shareBy} has made of it. */
    public StatementText text() {
        return text;
    }

    /** The text without parameter types. */
    public StatementText prepared() {
        return prepared;
    }

    /** The parameter types by which backends know the statement, two bytes each; empty before the first execution. */
    public byte[] sharedTypes() {
        return sharedTypes;
    }

    /** Says by which parameter types backends know the statement from here on. */
    public void shareBy(byte[] parameterTypes) {
        sharedTypes = parameterTypes;
        text = text.executedWith(parameterTypes);
    }

    /** Says in which state of the session it is executed from here on. */
    public void shareUnder(SessionState state) {
        if (!state.equals(sharedUnder)) {
            sharedUnder = state;
            text = text.executedUnder(state);
        }
    }

    /** How many parameters the statement has, 0 to 65,535. */
    public int parameters() {
        return parameters;
    }

    /** The parameter types of the last execution that sent any, two bytes each; empty before. */
    public byte[] types() {
        return types;
    }

    public void types(byte[] sent) {
        types = sent;
    }

    /** Keeps the body of a COM_STMT_SEND_LONG_DATA (parameter index and data) until the next execution. */
    public void keepLongData(ByteBuf body) {
        if (longData == null) {
            longData = new ArrayList<>(1);
        }
        byte[] copy = new byte[body.readableBytes()];
        body.readBytes(copy);
        longData.add(copy);
        longDataBytes += copy.length;
    }

    /** Whether a cursor with unread rows is open for it. */
    public boolean cursor() {
        return cursor;
    }

    void cursor(boolean open) {
        cursor = open;
    }

    /** Whether a backend has long data for its next execution. */
    public boolean longDataSent() {
        return longDataSent;
    }

    void longDataSent(boolean there) {
        longDataSent = there;
    }

    /** The backend's statement that is this one's alone, for the open cursor or the long data sent to it; null while there is neither. */
    public BackendStatements.@Nullable Prepared own() {
        return own;
    }

    public void own(BackendStatements.@Nullable Prepared prepared) {
        own = prepared;
    }

    /**
     * Long data for the next execution is lost.
     *
     * @param error the payload of the ERR packet that the execution gets
     */
    public void longDataLost(byte[] error) {
        takeLongData();
        longDataError = error;
    }

    /** What the next execution gets as long data of it is lost: the payload of an ERR packet; null where none is. */
    public byte @Nullable [] longDataError() {
        return longDataError;
    }

    /** Forgets what is kept, and what was lost: the next execution has no long data so far. */
    public void forgetLongData() {
        takeLongData();
        longDataError = null;
    }

    /** How much is kept. */
    public int longDataBytes() {
        return longDataBytes;
    }

    /** What was kept, oldest first, or null; the statement forgets it. */
    public @Nullable List<byte[]> takeLongData() {
        List<byte[]> taken = longData;
        longData = null;
        longDataBytes = 0;
        return taken;
    }
}
