package io.connbudget.proxy.lease;

import io.connbudget.proxy.backend.BackendUnavailable;
import io.connbudget.proxy.config.Handoff;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.PinReason;
import io.connbudget.proxy.session.PreparedAnswers;
import io.connbudget.proxy.session.ReplaySwitches;
import io.connbudget.proxy.session.SchemaDefinitions;
import io.connbudget.proxy.session.ServerProfile;
import java.util.function.IntSupplier;

/**
 * What all leases of a proxy share.
 *
 * @param desk brings leases and backends together
 * @param profile the database server; it must be known before the first client is let in
 * @param backendAddress for messages
 * @param preparedStatementsPerBackend how many statements stay prepared on one backend, at least 1
 * @param switches rules of replay that are off
 * @param preparedAnswers what servers said of texts that clients prepare
 * @param schemaDefinitions when schemas may have changed
 */
public record LeaseContext(
        LeaseDesk desk,
        ServerProfile profile,
        BackendAccounts backendAccounts,
        String backendAddress,
        Handoff handoff,
        IntSupplier preparedStatementsPerBackend,
        PreparedAnswers preparedAnswers,
        SchemaDefinitions schemaDefinitions,
        ReplaySwitches switches,
        ClientRegistry clients,
        BackendKill kill,
        SessionEvents events) {

    /** Whether the session must keep its backend at a command boundary. */
    boolean pinned(ClientSession session) {
        if (handoff == Handoff.SESSION) {
            session.pins().add(PinReason.CONFIGURED, System.nanoTime());
        }
        return !session.pins().isEmpty();
    }

    ErrorReport unreachable(BackendUnavailable reason) {
        if (reason.kind() == BackendUnavailable.Kind.REFUSED_BY_SERVER) {
            return ErrorReport.databaseFull(String.valueOf(reason.getMessage()));
        }
        return ErrorReport.databaseUnreachable(backendAddress, String.valueOf(reason.getMessage()));
    }
}
