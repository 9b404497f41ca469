package io.connbudget.proxy.frontend;

import io.connbudget.budget.Admission;
import io.connbudget.budget.ClientIdentity;
import io.connbudget.budget.Refusal;
import io.connbudget.proxy.error.ErrorOrigin;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.error.ProxyError;
import io.connbudget.proxy.lease.Conversation;
import io.connbudget.proxy.lease.Errors;
import io.connbudget.proxy.lease.Lease;
import io.connbudget.proxy.lease.LeaseContext;
import io.connbudget.proxy.logging.LogKeys;
import io.connbudget.proxy.metrics.LoopMetrics;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.sql.StatementClassifier;
import io.connbudget.wire.Command;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Packets;
import io.connbudget.wire.message.ChangeUser;
import io.connbudget.wire.message.ErrPacket;
import io.connbudget.wire.message.HandshakeResponse41;
import io.connbudget.wire.message.OkPacket;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client connection, from its greeting to its end. Owned by its event loop.
 *
 * <pre>
 *   LOGIN ({@link LoginPhase}) --accepted--> OPENING (schema asked for) --> COMMANDS ({@link CommandReader})
 *     ^                                                                        |
 *     '-----------------------------COM_CHANGE_USER----------------------------'
 *   any --error, time-out, QUIT, client gone--> CLOSED
 * </pre>
 */
final class ClientConnection implements ConnectionPort.Target, LoginPhase.Target, CommandReader.Target {
    /** A client that sends more than this ahead of its answer is not read until the answer is out. */
    private static final int MAX_PIPELINED_BYTES = 1 << 20;

    private static final byte[] NO_INFO = new byte[0];

    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

    private enum Phase {
        LOGIN,
        OPENING,
        COMMANDS,
        CLOSED
    }

    private final FrontendContext context;
    private final LeaseContext leases;
    private final Channel channel;
    private final LoopMetrics metrics;
    private final StatementClassifier classifier;
    private final long connectionId;
    private final LoginPhase login;
    private final SessionOpening opening;
    private final CommandReader reader;
    private final ClientOutput output;
    private final ConnectionPort port;
    private Phase phase = Phase.LOGIN;
    private boolean paused;

    private @Nullable Conversation conversation;

    ClientConnection(
            FrontendContext context,
            LeaseContext leases,
            Channel channel,
            LoopMetrics metrics,
            StatementClassifier classifier) {
        this.context = context;
        this.leases = leases;
        this.channel = channel;
        this.metrics = metrics;
        this.classifier = classifier;
        this.connectionId = leases.clients().nextId();
        this.login = new LoginPhase(context, channel, this);
        this.opening = new SessionOpening(context, leases, connectionId);
        this.reader = new CommandReader(channel.alloc(), this, context.maxPacketBytes());
        this.output = new ClientOutput(channel, reader);
        this.port = new ConnectionPort(channel, metrics, reader, output, this);
    }

    // ---------------------------------------------------------------- greeting and login

    void opened() {
        metrics.clientOpened();
        login.greet(leases.profile(), connectionId);
    }

    @Override
    public void received(ByteBuf bytes) {
        try {
            switch (phase) {
                case COMMANDS -> {
                    reader.add(bytes);
                    readCommands();
                }
                case CLOSED -> bytes.release();
                default -> {
                    login.received(bytes);
                    takeOver();
                }
            }
        } catch (PacketsOutOfOrderException e) {
            refuse(ErrorReport.packetsOutOfOrder(e.got(), e.expected()));
        } catch (PacketTooLargeException e) {
            refuse(ErrorReport.packetTooLarge(e.gotBytes(), e.limitBytes()));
        } catch (MalformedPacketException e) {
            refuse(ErrorReport.malformedPacket(String.valueOf(e.getMessage())));
        }
    }

    private void readCommands() {
        reader.read(port.backendWritable());
        // A command that is kept until it is whole needs more bytes, however many there are.
        pause(reader.keptBytes() > MAX_PIPELINED_BYTES && !(reader.between() && takesCommand()));
    }

    private void pause(boolean pause) {
        if (pause != paused && phase != Phase.CLOSED) {
            paused = pause;
            channel.config().setAutoRead(!pause);
        }
    }

    /** Takes what came behind the login, where commands can be read; else the login keeps it. */
    private void takeOver() {
        if (phase != Phase.COMMANDS) {
            // Who has not logged in gets no more memory than a login takes.
            pause(login.keptBytes() > (conversation == null ? LoginPhase.MAX_LOGIN_BYTES : MAX_PIPELINED_BYTES));
            return;
        }
        ByteBuf early = login.takeKept();
        if (early != null) {
            reader.add(early);
            readCommands();
        }
    }

    @Override
    public void accepted(HandshakeResponse41 answer, Login exchange, boolean changingUser) {
        ErrorReport refusal = opening.enter(answer, exchange);
        if (refusal != null) {
            refuse(refusal);
            return;
        }
        ClientSession session = opening.session(answer, changingUser);
        if (changingUser) {
            // The option outlives the session.
            session.multiStatements(talk().session().multiStatements());
            talk().begin(session);
            if (isRefused(talk().reclassify(SessionOpening.identity(answer, exchange.peer())))) {
                return;
            }
        } else if (!admitted(answer, exchange.peer(), session)) {
            return;
        }
        phase = Phase.OPENING;
        opening.checkSchema(talk(), SessionOpening.schema(answer), error -> {
            if (phase != Phase.OPENING) {
                return;
            }
            if (error == null) {
                ready();
            } else {
                end(error);
            }
        });
    }

    private boolean admitted(HandshakeResponse41 answer, Peer peer, ClientSession session) {
        Conversation talk = new Conversation(leases, port, classifier, session, context.maxStatements());
        ClientIdentity identity = SessionOpening.identity(answer, peer);
        if (isRefused(talk.admit(identity, SourceKey.of(identity, context.fairBetween())))) {
            return false;
        }
        conversation = talk;
        metrics.clientAuthenticated();
        context.limits().leave(peer.source());
        return true;
    }

    private boolean isRefused(Admission admission) {
        Refusal refusal = admission.refusal();
        if (refusal != null) {
            metrics.error(refusal.code() == 1053 ? ProxyError.DRAINING : ProxyError.TOO_MANY_CLIENTS);
            end(Errors.payload(refusal.code(), refusal.sqlState(), refusal.message()));
        }
        return refusal != null;
    }

    private void ready() {
        phase = Phase.COMMANDS;
        login.send(new OkPacket(0, 0, 0, talk().session().status(), 0, NO_INFO));
        reader.commandDone();
        ByteBuf early = login.takeKept();
        if (early != null) {
            reader.add(early);
        }
        // Not on this stack: the caller may be about to hand over what it has read itself.
        goOn();
    }

    /** Ends the connection with an error of the proxy's own. */
    @Override
    public void refuse(ErrorReport report) {
        metrics.error(report.error());
        end(Errors.payload(report));
    }

    /** Ends the connection with an error of the database. */
    @Override
    public void refuse(ErrPacket error) {
        end(Errors.payload(error.code(), error.sqlState(), error.message()));
    }

    private void end(byte[] payload) {
        if (phase != Phase.CLOSED) {
            output.write(payload, phase == Phase.COMMANDS ? reader.answerSequence() : login.answerSequence());
        }
        close();
    }

    // ---------------------------------------------------------------- commands

    @Override
    public void command(ByteBuf packet, boolean whole) {
        port.begin();
        if (packet.getUnsignedByte(packet.readerIndex() + Packets.HEADER_BYTES) == Command.CHANGE_USER.code()) {
            changeUser(packet);
            return;
        }
        talk().command(packet, whole);
    }

    private Conversation talk() {
        return Objects.requireNonNull(conversation);
    }

    private void changeUser(ByteBuf packet) {
        metrics.command(Command.CHANGE_USER.code());
        int capabilities = talk().session().capabilities();
        ChangeUser request = SessionOpening.changeUser(packet, capabilities);
        talk().endSession();
        phase = Phase.LOGIN;
        login.changeUser(request, capabilities);
    }

    /** A client that does not read its answers gives no more commands. */
    @Override
    public boolean takesCommand() {
        return phase == Phase.COMMANDS && channel.isWritable();
    }

    @Override
    public void stream(ByteBuf bytes, boolean last) {
        talk().stream(bytes, last);
    }

    @Override
    public void skipped() {
        output.writeLate();
        commandDone();
    }

    @Override
    public void payload(ByteBuf bytes, int index, int length) {
        talk().classify(bytes, index, length);
    }

    @Override
    public void file(ByteBuf packets, boolean last) {
        talk().file(packets, last);
    }

    // ---------------------------------------------------------------- the lease's answers

    @Override
    public void goOn() {
        channel.eventLoop().execute(this::readKept);
    }

    private void readKept() {
        if (phase == Phase.COMMANDS) {
            received(Unpooled.EMPTY_BUFFER);
        }
    }

    @Override
    public void commandDone() {
        reader.commandDone();
        talk().commandEnded();
        if (reader.keptBytes() > 0) {
            goOn();
        }
        if (!reader.commandComplete()) {
            // Its end is skipped first.
            return;
        }
        if (context.limits().draining() && phase == Phase.COMMANDS && talk().idle()) {
            refuse(ErrorReport.draining());
        }
    }

    @Override
    public void close() {
        phase = Phase.CLOSED;
        login.close();
        output.close();
    }

    // ---------------------------------------------------------------- events

    void writabilityChanged() {
        if (conversation != null) {
            conversation.lease().clientWritable(channel.isWritable());
        }
        if (channel.isWritable() && reader.keptBytes() > 0) {
            goOn();
        }
    }

    /** The proxy drains: a client that holds nothing is told so and closed. */
    void drain() {
        if (phase != Phase.COMMANDS || talk().idle()) {
            if (phase == Phase.COMMANDS) {
                metrics.error(ProxyError.DRAINING);
                output.write(Errors.payload(ErrorReport.draining()), 0);
            }
            close();
        }
    }

    /** The drain is over: whoever is left is told so, where that is possible within the protocol, and closed. */
    void endDrain() {
        if (phase == Phase.COMMANDS
                && reader.commandComplete()
                && !talk().lease().answerBegun()) {
            metrics.error(ProxyError.DRAINING);
            boolean silent = talk().lease().phase() == Lease.Phase.HELD || talk().idle();
            output.write(Errors.payload(ErrorReport.draining()), silent ? 0 : reader.answerSequence());
        }
        close();
    }

    /** The channel failed, or a handler on it did; it is closed next. */
    void failed(Throwable cause) {
        if (cause instanceof IOException || cause instanceof DecoderException) {
            // A failed TLS handshake is the client's affair, and Netty's text about bytes that are no TLS record quotes
            // them.
            metrics.error(ErrorOrigin.NETWORK);
        } else {
            metrics.error(ErrorOrigin.PROXY);
            LOG.atError()
                    .addKeyValue(LogKeys.CLIENT, connectionId)
                    .setCause(cause)
                    .log("client connection closed by a fault");
        }
    }

    /** The channel is closed: everything is given back. Called once. */
    void closed() {
        phase = Phase.CLOSED;
        login.close();
        output.closed();
        reader.close();
        metrics.clientClosed(conversation != null);
        if (conversation != null) {
            conversation.close();
        } else {
            context.limits().leave(login.source());
        }
        opening.leave();
    }

    long connectionId() {
        return connectionId;
    }
}
