package io.connbudget.proxy.frontend;

import io.connbudget.budget.ClientIdentity;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.identity.Account;
import io.connbudget.proxy.lease.Conversation;
import io.connbudget.proxy.lease.LeaseContext;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Packets;
import io.connbudget.wire.message.ChangeUser;
import io.connbudget.wire.message.HandshakeResponse41;
import io.netty.buffer.ByteBuf;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What stands between an accepted account and its first command: the session, and the schema that it asks for. Owned by
 * the client's event loop.
 */
final class SessionOpening {
    /** Told whether the schema can be used, at once or when a backend was asked. */
    interface Outcome {
        /**
         * The schema was looked for.
         *
         * @param error the payload of the server's ERR packet, or null
         */
        void opened(byte @Nullable [] error);
    }

    private final FrontendContext context;
    private final LeaseContext leases;
    private final long connectionId;
    private String backendUser = "";
    private @Nullable Predicate<String> schemas;
    /** The account that the database has verified: its password is kept while its session lasts. */
    private @Nullable String passedUser;

    SessionOpening(FrontendContext context, LeaseContext leases, long connectionId) {
        this.context = context;
        this.leases = leases;
        this.connectionId = connectionId;
    }

    /** The schema that the client asks for; null when it asks for none. */
    static @Nullable String schema(HandshakeResponse41 answer) {
        String schema = answer.database();
        return schema == null || schema.isEmpty() ? null : schema;
    }

    /** What the budget knows of the client. */
    static ClientIdentity identity(HandshakeResponse41 answer, Peer peer) {
        return new ClientIdentity(
                answer.user(), peer.source(), schema(answer), answer.attributes(), peer.certificate());
    }

    /**
     * Takes up an accepted account in place of the one before.
     *
     * @return why it may not come in after all, or null
     */
    @Nullable ErrorReport enter(HandshakeResponse41 answer, Login login) {
        Account account = login.account();
        String schema = schema(answer);
        if (schema != null && account != null && !account.mayUse(schema)) {
            return ErrorReport.schemaDenied(answer.user(), login.peer().source().getHostAddress(), schema);
        }
        if (account == null && !context.identity().passThrough().opened(answer.user())) {
            return ErrorReport.databaseUnreachable("the database", "its word about the password is too old");
        }
        leave();
        passedUser = account == null ? answer.user() : null;
        backendUser = login.backendUser();
        schemas = account != null && account.limitsSchemas() ? account::mayUse : null;
        return null;
    }

    /** The session has ended, or another begins. */
    void leave() {
        if (passedUser != null) {
            context.identity().passThrough().closed(passedUser);
            passedUser = null;
        }
    }

    /** Reads COM_CHANGE_USER from its packet, which is released. */
    static ChangeUser changeUser(ByteBuf packet, int capabilities) {
        try {
            packet.skipBytes(Packets.HEADER_BYTES);
            return ChangeUser.decode(packet, capabilities);
        } finally {
            packet.release();
        }
    }

    /** The session of an accepted account. */
    ClientSession session(HandshakeResponse41 answer, boolean changingUser) {
        int capabilities = answer.capabilities() & FrontendCapabilities.advertised(false);
        if (changingUser && leases.profile().mariaDb()) {
            // MariaDB forgets the SQL mode that came with it.
            capabilities &= ~Capabilities.IGNORE_SPACE;
        }
        ClientSession session = new ClientSession(
                connectionId,
                answer.user(),
                backendUser,
                capabilities,
                answer.attributes(),
                schema(answer),
                leases.profile().charset(answer.collation()),
                leases.profile());
        session.schemas(schemas);
        return session;
    }

    /** Asks for the schema of the conversation's session, where it was not asked for shortly before. */
    void checkSchema(Conversation talk, @Nullable String schema, Outcome outcome) {
        if (schema == null || context.schemas().accepted(backendUser, schema, System.nanoTime())) {
            outcome.opened(null);
            return;
        }
        // A backend that has it already is to ask too.
        leases.schemaDefinitions().changed(schema);
        talk.checkSchema(error -> {
            if (error == null) {
                context.schemas().accept(backendUser, schema, System.nanoTime());
            }
            outcome.opened(error);
        });
    }
}
