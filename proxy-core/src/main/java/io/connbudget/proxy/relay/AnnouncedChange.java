package io.connbudget.proxy.relay;

import io.connbudget.wire.response.OkView;
import io.connbudget.wire.response.SessionTrack;
import io.connbudget.wire.response.SessionTrackVisitor;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Finds in an OK packet whether session state has changed, behind a statement that itself changes none: a server tells
 * only with its next OK what a statement did that ended with an error (FACTS, section 4). One per relay.
 */
final class AnnouncedChange implements SessionTrackVisitor {
    private boolean any;
    private @Nullable String transaction;

    void forget() {
        any = false;
        transaction = null;
    }

    /** Statements that make the characteristics of the next or the current transaction; null where nothing was said of them. */
    @Nullable String transaction() {
        return transaction;
    }

    boolean any() {
        return any;
    }

    void read(ByteBuf buffer, OkView ok) {
        if (ok.stateLength() > 0) {
            SessionTrack.visit(buffer, ok.stateIndex(), ok.stateLength(), this);
        }
    }

    @Override
    public void systemVariable(String name, String value) {
        any = true;
    }

    @Override
    public void schema(String name) {
        any = true;
    }

    @Override
    public void transactionCharacteristics(String statements) {
        transaction = statements;
    }

    @Override
    public void stateChanged(boolean changed) {
        any |= changed;
    }
}
