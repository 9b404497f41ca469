package io.connbudget.budget;

import org.jspecify.annotations.Nullable;

/**
 * The answer to a client that connects.
 *
 * @param clientClass the class that the client falls into
 * @param refusal why it may not come in, null if it may
 */
public record Admission(ClientClass clientClass, @Nullable Refusal refusal) {

    public boolean isAdmitted() {
        return refusal == null;
    }
}
