package io.connbudget.proxy.relay;

import io.connbudget.wire.response.OkView;
import io.connbudget.wire.response.SessionTrack;
import io.connbudget.wire.response.SessionTrackVisitor;
import io.netty.buffer.ByteBuf;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds in an OK packet whether session state has changed, behind a statement that itself changes none: a server tells
 * only with its next OK what a statement did that ended with an error (FACTS, section 4). One per relay.
 */
final class AnnouncedChange implements SessionTrackVisitor {
    private boolean any;
    private boolean schema;
    private @Nullable String transaction;
    private Map<String, String> variables = Map.of();

    void forget() {
        any = false;
        schema = false;
        transaction = null;
        variables = Map.of();
    }

    /** The variables that have changed, with their values; none where something else is known to have changed too. */
    Map<String, String> variables() {
        return schema ? Map.of() : variables;
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
        if (variables.isEmpty()) {
            variables = new LinkedHashMap<>(4);
        }
        variables.put(name, value);
    }

    @Override
    public void schema(String name) {
        any = true;
        schema = true;
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
