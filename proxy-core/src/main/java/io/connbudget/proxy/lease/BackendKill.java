package io.connbudget.proxy.lease;

import org.jspecify.annotations.Nullable;

/** Ends what runs on a physical connection, over a control connection that has a permit of its own. */
public interface BackendKill {
    /** The outcome; called on an unspecified thread. */
    interface Outcome {
        /**
         * The server has answered, or could not be asked.
         *
         * @param failure null when the server took the KILL
         */
        void done(@Nullable String failure);
    }

    /**
     * Asks the server to end the statement, or the whole connection; returns at once.
     *
     * @param backendConnectionId the server's id
     * @param queryOnly KILL QUERY instead of KILL CONNECTION
     */
    void kill(long backendConnectionId, boolean queryOnly, Outcome outcome);
}
