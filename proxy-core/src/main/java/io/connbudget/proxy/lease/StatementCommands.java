package io.connbudget.proxy.lease;

import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.ClientStatement;
import io.connbudget.proxy.session.StatementText;
import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.proxy.session.sql.StatementFacts;
import io.connbudget.wire.Command;
import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;

/**
 * The commands of a conversation that make, run and close prepared statements. Owned by the client's event loop.
 *
 * <p>Each method takes ownership of the packet; {@code at} is the index behind its command code.
 */
final class StatementCommands {
    /** Larger texts are not kept for preparing them again; their session keeps its backend. */
    private static final int MAX_PREPARED_TEXT_BYTES = 1 << 20;

    /** More long data of one statement is not kept here but sent to a backend, which the session then keeps. */
    private static final int MAX_LONG_DATA_BYTES = 1 << 20;

    private final Conversation talk;
    private final ClientPort client;
    private final Lease lease;
    private final DirectAnswers answers;
    private final SessionDialect dialect;
    private final int maxStatements;

    /** @param maxStatements how many statements a client may have open */
    StatementCommands(
            Conversation talk,
            ClientPort client,
            Lease lease,
            DirectAnswers answers,
            SessionDialect dialect,
            int maxStatements) {
        this.talk = talk;
        this.client = client;
        this.lease = lease;
        this.answers = answers;
        this.dialect = dialect;
        this.maxStatements = maxStatements;
    }

    void prepare(ClientSession session, ByteBuf sent, int begin, boolean whole) {
        ByteBuf packet = sent;
        int at = begin;
        session.preparing();
        if (session.statementCount() >= maxStatements) {
            packet.release();
            answers.refuse(ErrorReport.tooManyStatements(maxStatements));
            return;
        }
        int length = packet.writerIndex() - at;
        if (!whole || length > MAX_PREPARED_TEXT_BYTES) {
            packet.release();
            answers.refuse(ErrorReport.notSupported(
                    "preparing a statement of more than " + MAX_PREPARED_TEXT_BYTES + " bytes", "run it as text"));
            return;
        }
        StatementFacts facts = talk.facts(packet, at, length);
        if (talk.refused(NotPrepared.of(facts), packet)
                || talk.refused(SchemaGuard.statement(session, client, facts, packet, at), packet)) {
            return;
        }
        if (facts.has(Facts.OBSERVES_CONNECTION_ID)) {
            packet = OwnConnectionId.put(
                    client.allocator(),
                    packet,
                    dialect.of(session),
                    session.state().schema(),
                    session.connectionId());
            at = packet.readerIndex() + Packets.HEADER_BYTES + 1;
            length = packet.writerIndex() - at;
        }
        byte[] sql = new byte[length];
        packet.getBytes(at, sql);
        lease.pending().set(Command.STMT_PREPARE, StatementFacts.PLAIN, packet);
        lease.pending().text = new StatementText(sql, session.state(), facts);
        lease.run();
    }

    /** COM_STMT_EXECUTE, RESET or FETCH. */
    void run(Command command, ClientSession session, ByteBuf packet, int at) {
        int id = packet.getIntLE(at);
        ClientStatement statement = session.statement(id);
        if (statement == null) {
            packet.release();
            session.last().answeredError();
            answers.refuse(ErrorReport.unknownStatement(Integer.toUnsignedLong(id), command.name()));
            return;
        }
        if (command == Command.STMT_EXECUTE && !StatementPackets.learnTypes(packet, statement)) {
            // MariaDB 11.4.5 reads the values all the same, and crashes.
            packet.release();
            statement.forgetLongData();
            session.last().answeredError();
            answers.refuse(ErrorReport.typesUnknown());
            return;
        }
        byte[] lost = statement.longDataError();
        if (command == Command.STMT_EXECUTE && lost != null) {
            packet.release();
            refuseExecution(session, statement, lost);
            return;
        }
        if (command == Command.STMT_RESET) {
            statement.forgetLongData();
        }
        if (command == Command.STMT_RESET && statement.own() == null) {
            packet.release();
            if (lease.phase() == Lease.Phase.HELD) {
                // The answer tells whether a transaction is open, which an error before it has not told.
                lease.pending().setPing(client.allocator());
                lease.run();
            } else {
                answers.ok(session);
            }
            return;
        }
        if (command == Command.STMT_FETCH && statement.own() == null) {
            packet.release();
            session.last().answeredError();
            answers.refuse(ErrorReport.noOpenCursor(Integer.toUnsignedLong(id)));
            return;
        }
        talk.digest().keep(statement.text().sql());
        StatementFacts facts =
                command == Command.STMT_EXECUTE ? statement.text().facts() : StatementFacts.PLAIN;
        lease.pending().set(command, facts, packet);
        lease.pending().statement = statement;
        lease.run();
    }

    private void refuseExecution(ClientSession session, ClientStatement statement, byte[] error) {
        statement.forgetLongData();
        if (statement.own() != null) {
            // Long data that did arrive there is of no use to another execution.
            lease.boundary().closeOwn(statement);
            statement.own(null);
        }
        session.last().answeredError();
        answers.give(error);
    }

    /**
     * An execution that is refused before it is looked at has used its long data up, and has told its parameter types. The
     * packet is read only.
     */
    void notRun(Command command, ClientSession session, ByteBuf packet, int at) {
        if (command == Command.STMT_EXECUTE || command == Command.STMT_RESET) {
            ClientStatement statement = session.statement(packet.getIntLE(at));
            if (statement != null) {
                statement.forgetLongData();
                if (command == Command.STMT_EXECUTE) {
                    StatementPackets.learnTypes(packet, statement);
                }
            }
        }
    }

    /**
     * Long data is kept until its statement runs; beyond the limit it goes to a backend. Where there is no such statement, or
     * its long data is not whole any more, it is dropped.
     *
     * @param whole whether the packet is all of the command; else the rest of it streams
     */
    void longData(ClientSession session, ByteBuf packet, int at, boolean whole) {
        ClientStatement statement = session.statement(packet.getIntLE(at));
        if (statement != null && statement.longDataError() == null) {
            int bytes = packet.writerIndex() - at - 4;
            if (!whole || statement.longDataSent() || statement.longDataBytes() + bytes > MAX_LONG_DATA_BYTES) {
                lease.pending().set(Command.STMT_SEND_LONG_DATA, StatementFacts.PLAIN, packet);
                lease.pending().statement = statement;
                lease.run();
                return;
            }
            statement.keepLongData(packet.slice(at + 4, bytes));
        }
        packet.release();
        client.commandDone();
    }

    void close(ClientSession session, ByteBuf packet, int at) {
        int id = packet.getIntLE(at);
        packet.release();
        ClientStatement closed = session.statement(id);
        if (closed != null && closed.own() != null) {
            lease.boundary().closeOwn(closed);
        }
        session.closeStatement(id);
        lease.boundary().pinsChanged();
        client.commandDone();
    }
}
