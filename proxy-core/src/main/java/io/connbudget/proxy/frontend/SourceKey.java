package io.connbudget.proxy.frontend;

import io.connbudget.budget.ClientIdentity;
import io.connbudget.proxy.config.FairBetween;

/**
 * Whose clients share one turn inside a class, as refusals name them.
 *
 * @param host address of the clients
 * @param process what they say is their process id, empty for all of the host
 */
record SourceKey(String host, String process) {
    /** Connection attribute of libmysqlclient, PyMySQL and others. */
    private static final String PROCESS_ID = "_pid";

    static SourceKey of(ClientIdentity client, FairBetween between) {
        String process = between == FairBetween.PROCESS ? client.attributes().getOrDefault(PROCESS_ID, "") : "";
        return new SourceKey(client.source().getHostAddress(), process);
    }

    @Override
    public String toString() {
        return process.isEmpty() ? host : host + " process " + process;
    }
}
