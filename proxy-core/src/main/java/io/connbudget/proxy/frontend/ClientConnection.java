package io.connbudget.proxy.frontend;

import io.connbudget.budget.Admission;
import io.connbudget.budget.ClientIdentity;
import io.connbudget.budget.Refusal;
import io.connbudget.proxy.config.FrontendTlsConfig;
import io.connbudget.proxy.error.ErrorOrigin;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.error.ProxyError;
import io.connbudget.proxy.identity.Account;
import io.connbudget.proxy.lease.ClientPort;
import io.connbudget.proxy.lease.Conversation;
import io.connbudget.proxy.lease.Errors;
import io.connbudget.proxy.lease.LeaseContext;
import io.connbudget.proxy.logging.LogKeys;
import io.connbudget.proxy.metrics.LoopMetrics;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.sql.StatementClassifier;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.connbudget.wire.Packets;
import io.connbudget.wire.ServerStatus;
import io.connbudget.wire.message.ChangeUser;
import io.connbudget.wire.message.HandshakeResponse41;
import io.connbudget.wire.message.HandshakeV10;
import io.connbudget.wire.message.OkPacket;
import io.connbudget.wire.message.SslRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client connection, from its greeting to its end. Owned by its event loop.
 *
 * <pre>
 *   GREETED --SSLRequest--> (TLS) --+
 *      '-----login----------------> AUTHENTICATING --accepted--> OPENING (schema asked for) --> COMMANDS
 *                                       ^                                                        |
 *                                       '------------------COM_CHANGE_USER-----------------------'
 *   any --error, time-out, QUIT, client gone--> CLOSED
 * </pre>
 */
final class ClientConnection implements ClientPort, CommandReader.Target {
    /** What a packet may have before its sender is known. */
    private static final int MAX_LOGIN_BYTES = 16 * 1024;

    /** A client that sends more than this ahead of its answer is not read until the answer is out. */
    private static final int MAX_PIPELINED_BYTES = 1 << 20;

    /** A client that does not take what was written last is cut off after this. */
    private static final long CLOSE_SECONDS = 5;

    private static final byte[] NO_INFO = new byte[0];

    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

    private enum Phase {
        GREETED,
        AUTHENTICATING,
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
    private final CommandReader reader;
    private Phase phase = Phase.GREETED;
    private byte[] nonce = new byte[0];
    private int sequence;
    private boolean encrypted;
    private boolean authenticated;
    private boolean changingUser;
    private boolean backendWritable;
    private boolean paused;
    /** The login is verified elsewhere: nothing more of it is looked at. */
    private boolean verifying;

    /** The answer to a command whose end has not come. */
    private byte @Nullable [] lateAnswer;

    private @Nullable ScheduledFuture<?> closeDeadline;
    private @Nullable ScheduledFuture<?> handshakeTimeout;
    private @Nullable Login login;
    private @Nullable HandshakeResponse41 response;
    private @Nullable ByteBuf loginBytes;
    /** The account that the database has verified, while its session lasts. */
    private @Nullable String passedUser;

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
        this.reader = new CommandReader(channel.alloc(), this, context.maxPacketBytes());
    }

    // ---------------------------------------------------------------- greeting and login

    void opened() {
        metrics.clientOpened();
        nonce = HandshakeV10.newNonce(context.random());
        handshakeTimeout = channel.eventLoop()
                .schedule(this::handshakeLate, context.handshakeTimeout().toMillis(), TimeUnit.MILLISECONDS);
        int capabilities = FrontendCapabilities.advertised(context.tls().context() != null);
        send(new HandshakeV10(
                leases.profile().version(),
                connectionId,
                nonce,
                capabilities,
                Math.min(255, leases.profile().defaultCollationId()),
                ServerStatus.AUTOCOMMIT,
                leases.profile().mariaDb() ? Login.NATIVE : Login.CACHING_SHA2));
    }

    private void handshakeLate() {
        refuse(ErrorReport.handshakeTimeout(context.handshakeTimeout()));
    }

    /** Bytes from the client; ownership passes. */
    void received(ByteBuf bytes) {
        try {
            switch (phase) {
                case COMMANDS -> {
                    reader.add(bytes);
                    readCommands();
                }
                case CLOSED -> bytes.release();
                default -> loginReceived(bytes);
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
        reader.read(backendWritable);
        // A command that is kept until it is whole needs more bytes, however many there are.
        pause(reader.keptBytes() > MAX_PIPELINED_BYTES && !(reader.between() && takesCommand()));
    }

    private void pause(boolean pause) {
        if (pause != paused && phase != Phase.CLOSED) {
            paused = pause;
            channel.config().setAutoRead(!pause);
        }
    }

    private void loginReceived(ByteBuf bytes) {
        ByteBuf in = bytes;
        ByteBuf before = loginBytes;
        if (before != null) {
            loginBytes = null;
            in = channel.alloc().buffer(before.readableBytes() + bytes.readableBytes());
            in.writeBytes(before).writeBytes(bytes);
            before.release();
            bytes.release();
        }
        try {
            while (in.readableBytes() >= Packets.HEADER_BYTES && takesLogin()) {
                int length = Packets.length(in, in.readerIndex());
                if (length > MAX_LOGIN_BYTES) {
                    throw new PacketTooLargeException(length, MAX_LOGIN_BYTES);
                }
                if (in.readableBytes() < Packets.HEADER_BYTES + length) {
                    break;
                }
                int got = Packets.sequence(in, in.readerIndex());
                if (got != (sequence & 0xff)) {
                    throw new PacketsOutOfOrderException(got, sequence & 0xff);
                }
                sequence++;
                in.skipBytes(Packets.HEADER_BYTES);
                if (loginPacket(in.readSlice(length))) {
                    if (in.isReadable()) {
                        // Clients begin TLS without an answer, so its first record may have come along. In clear text,
                        // which may be anybody's, TLS finds no record.
                        channel.pipeline().fireChannelRead(in.readRetainedSlice(in.readableBytes()));
                    }
                    return;
                }
            }
            if (in.isReadable() && phase != Phase.CLOSED) {
                ByteBuf rest = in.readRetainedSlice(in.readableBytes());
                if (phase == Phase.COMMANDS) {
                    reader.add(rest);
                    readCommands();
                } else {
                    loginBytes = rest;
                    // Who has not logged in gets no more memory than a login takes.
                    pause(rest.readableBytes() > (authenticated ? MAX_PIPELINED_BYTES : MAX_LOGIN_BYTES));
                }
            }
        } finally {
            in.release();
        }
    }

    /** Whether a packet that comes belongs to the login and can be looked at. */
    private boolean takesLogin() {
        return (phase == Phase.GREETED || phase == Phase.AUTHENTICATING) && !verifying;
    }

    /** @return whether TLS begins behind this packet */
    private boolean loginPacket(ByteBuf payload) {
        if (phase == Phase.AUTHENTICATING) {
            Login exchange = Objects.requireNonNull(login);
            byte[] data = new byte[payload.readableBytes()];
            payload.readBytes(data);
            if (exchange.nextIsSlow()) {
                verifying = true;
                context.verifier().execute(() -> {
                    exchange.received(data);
                    channel.eventLoop().execute(() -> verified(exchange));
                });
            } else {
                exchange.received(data);
                advance(exchange);
            }
            return false;
        }
        SslContext tls = context.tls().context();
        if (payload.readableBytes() == SslRequest.BYTES && tls != null && !encrypted) {
            SslRequest.decode(payload);
            encrypted = true;
            TlsUpgrade.begin(channel, tls);
            return true;
        }
        response = HandshakeResponse41.decode(payload);
        HandshakeResponse41 answer = response;
        if (!Capabilities.has(answer.capabilities(), Capabilities.PROTOCOL_41)) {
            throw new MalformedPacketException("a login without CLIENT_PROTOCOL_41");
        }
        if (context.tls().mode() == FrontendTlsConfig.Mode.REQUIRE && !encrypted) {
            refuse(ErrorReport.secureTransportRequired());
            return false;
        }
        Login exchange = new Login(context, answer.user(), peer(), nonce);
        login = exchange;
        phase = Phase.AUTHENTICATING;
        exchange.begin(answer.authPlugin(), answer.authResponse());
        advance(exchange);
        return false;
    }

    private void verified(Login exchange) {
        verifying = false;
        if (phase == Phase.AUTHENTICATING) {
            advance(exchange);
            if (phase == Phase.AUTHENTICATING) {
                received(Unpooled.EMPTY_BUFFER);
            }
        }
    }

    private void advance(Login exchange) {
        Message reply = exchange.takeReply();
        if (reply != null) {
            send(reply);
        }
        switch (exchange.state()) {
            case ACCEPTED -> accepted(exchange);
            case REFUSED -> refused(exchange);
            case ASKING -> {
                verifying = true;
                exchange.ask(verdict -> channel.eventLoop().execute(() -> {
                    exchange.answered(verdict);
                    verified(exchange);
                }));
            }
            default -> {}
        }
    }

    /** A failed login: the more of them an address has, the later it is told. */
    private void refused(Login exchange) {
        long waitNanos = exchange.clientsFault() ? context.identity().backOff().failed(source(), System.nanoTime()) : 0;
        if (waitNanos == 0) {
            refuse(exchange.refusal());
            return;
        }
        verifying = true;
        channel.eventLoop()
                .schedule(
                        () -> {
                            if (phase == Phase.AUTHENTICATING) {
                                refuse(exchange.refusal());
                            }
                        },
                        Math.min(waitNanos, context.handshakeTimeout().toNanos()),
                        TimeUnit.NANOSECONDS);
    }

    private Peer peer() {
        String certificate = encrypted ? FrontendTls.subject(channel.pipeline().get(SslHandler.class)) : null;
        return new Peer(source(), encrypted, certificate);
    }

    private InetAddress source() {
        return ClientSource.of(channel);
    }

    private void accepted(Login exchange) {
        login = null;
        HandshakeResponse41 answer = Objects.requireNonNull(response);
        response = null;
        if (handshakeTimeout != null) {
            handshakeTimeout.cancel(false);
            handshakeTimeout = null;
        }
        String schema = answer.database() == null || answer.database().isEmpty() ? null : answer.database();
        Account account = exchange.account();
        if (schema != null && account != null && !account.mayUse(schema)) {
            refuse(ErrorReport.schemaDenied(answer.user(), source().getHostAddress(), schema));
            return;
        }
        if (!passedSession(account == null ? answer.user() : null)) {
            // Forgotten since the database took its password.
            refuse(ErrorReport.databaseUnreachable("the database", "the login came too late"));
            return;
        }
        int capabilities = answer.capabilities() & FrontendCapabilities.advertised(false);
        if (changingUser && leases.profile().mariaDb()) {
            // MariaDB forgets the SQL mode that came with it.
            capabilities &= ~Capabilities.IGNORE_SPACE;
        }
        ClientSession session = new ClientSession(
                connectionId,
                answer.user(),
                exchange.backendUser(),
                capabilities,
                answer.attributes(),
                schema,
                leases.profile().charset(answer.collation()),
                leases.profile());
        if (changingUser) {
            // The option outlives the session.
            session.multiStatements(talk().session().multiStatements());
            talk().begin(session);
        } else {
            Conversation talk = new Conversation(leases, this, classifier, session, context.maxStatements());
            Admission admission = talk.admit(
                    new ClientIdentity(answer.user(), source(), schema, answer.attributes(), peer().certificate()),
                    source());
            Refusal refusal = admission.refusal();
            if (refusal != null) {
                metrics.error(ProxyError.TOO_MANY_CLIENTS);
                end(Errors.payload(refusal.code(), refusal.sqlState(), refusal.message()));
                return;
            }
            conversation = talk;
            authenticated = true;
            metrics.clientAuthenticated();
            context.limits().leave(source());
        }
        open(schema);
    }

    /** Counts the session of an account that the database has verified: its password is kept meanwhile. */
    private boolean passedSession(@Nullable String user) {
        if (user != null && !context.identity().passThrough().opened(user)) {
            return false;
        }
        if (passedUser != null) {
            context.identity().passThrough().closed(passedUser);
        }
        passedUser = user;
        return true;
    }

    private void open(@Nullable String schema) {
        String account = talk().session().backendUser();
        if (schema == null || context.schemas().accepted(account, schema, System.nanoTime())) {
            ready();
            return;
        }
        phase = Phase.OPENING;
        Objects.requireNonNull(conversation).checkSchema(error -> {
            if (phase != Phase.OPENING) {
                return;
            }
            if (error == null) {
                context.schemas().accept(account, schema, System.nanoTime());
                ready();
            } else {
                end(error);
            }
        });
    }

    private void ready() {
        phase = Phase.COMMANDS;
        changingUser = false;
        send(new OkPacket(0, 0, 0, ServerStatus.AUTOCOMMIT, 0, NO_INFO));
        reader.commandDone();
        ByteBuf early = loginBytes;
        if (early != null) {
            loginBytes = null;
            reader.add(early);
        }
        // Not on this stack: the caller may be about to hand over what it has read itself.
        channel.eventLoop().execute(this::goOn);
    }

    private void send(Message message) {
        channel.writeAndFlush(Packets.write(channel.alloc(), sequence++ & 0xff, message), channel.voidPromise());
    }

    /** Ends the connection with an error of the proxy's own. */
    private void refuse(ErrorReport report) {
        metrics.error(report.error());
        end(Errors.payload(report));
    }

    private void end(byte[] payload) {
        if (phase == Phase.COMMANDS) {
            sequence = reader.answerSequence();
        }
        if (phase != Phase.CLOSED) {
            write(packet(payload, sequence & 0xff));
        }
        close();
    }

    // ---------------------------------------------------------------- commands

    @Override
    public void command(ByteBuf packet, boolean whole) {
        backendWritable = false;
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
        ChangeUser request;
        try {
            packet.skipBytes(Packets.HEADER_BYTES);
            request = ChangeUser.decode(packet, talk().session().capabilities());
        } finally {
            packet.release();
        }
        int capabilities = talk().session().capabilities();
        talk().endSession();
        changingUser = true;
        phase = Phase.AUTHENTICATING;
        sequence = 1;
        response = new HandshakeResponse41(
                capabilities,
                0,
                request.collation(),
                request.user(),
                new byte[0],
                request.database(),
                request.authPlugin(),
                request.attributes());
        Login exchange = new Login(context, request.user(), peer(), nonce);
        login = exchange;
        exchange.beginAnew();
        advance(exchange);
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
        byte[] payload = Objects.requireNonNull(lateAnswer);
        lateAnswer = null;
        answer(payload);
        flush();
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

    // ---------------------------------------------------------------- the lease's view

    @Override
    public EventLoop eventLoop() {
        return channel.eventLoop();
    }

    @Override
    public ByteBufAllocator allocator() {
        return channel.alloc();
    }

    @Override
    public LoopMetrics metrics() {
        return metrics;
    }

    @Override
    public void write(ByteBuf packets) {
        channel.write(packets, channel.voidPromise());
    }

    @Override
    public void answer(byte[] payload) {
        if (reader.commandComplete()) {
            write(packet(payload, reader.answerSequence()));
        } else {
            // Clients read no answer before they have sent all, and its sequence id follows their last packet's.
            lateAnswer = payload;
            reader.skipRest();
        }
    }

    private ByteBuf packet(byte[] payload, int sequenceId) {
        ByteBuf out = channel.alloc().buffer(Packets.HEADER_BYTES + payload.length);
        Packets.writeHeader(out, payload.length, sequenceId);
        return out.writeBytes(payload);
    }

    @Override
    public void flush() {
        channel.flush();
    }

    @Override
    public boolean writable() {
        return channel.isWritable();
    }

    @Override
    public void backendWritable(boolean writable) {
        backendWritable = writable;
        if (writable && reader.keptBytes() > 0 && reader.streams()) {
            channel.eventLoop().execute(this::goOn);
        }
    }

    /** Cuts what is kept, on a stack of its own. */
    private void goOn() {
        if (phase == Phase.COMMANDS) {
            received(Unpooled.EMPTY_BUFFER);
        }
    }

    @Override
    public boolean commandComplete() {
        return reader.commandComplete();
    }

    @Override
    public void commandDone() {
        reader.commandDone();
        if (reader.keptBytes() > 0) {
            channel.eventLoop().execute(this::goOn);
        }
        if (lateAnswer != null) {
            return;
        }
        if (context.limits().draining() && phase == Phase.COMMANDS && talk().idle()) {
            refuse(ErrorReport.draining());
        }
    }

    @Override
    public void fileRequested(int sequenceShift) {
        reader.fileRequested(sequenceShift);
    }

    @Override
    public void close() {
        phase = Phase.CLOSED;
        if (closeDeadline == null) {
            closeDeadline = channel.eventLoop().schedule(() -> channel.close(), CLOSE_SECONDS, TimeUnit.SECONDS);
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    // ---------------------------------------------------------------- events

    void writabilityChanged() {
        if (conversation != null) {
            conversation.lease().clientWritable(channel.isWritable());
        }
        if (channel.isWritable() && reader.keptBytes() > 0) {
            channel.eventLoop().execute(this::goOn);
        }
    }

    /** The proxy drains: a client that holds nothing is told so and closed. */
    void drain() {
        if (phase != Phase.COMMANDS || talk().idle()) {
            if (phase == Phase.COMMANDS) {
                sequence = 0;
                metrics.error(ProxyError.DRAINING);
                write(packet(Errors.payload(ErrorReport.draining()), 0));
            }
            close();
        }
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
        if (handshakeTimeout != null) {
            handshakeTimeout.cancel(false);
        }
        if (closeDeadline != null) {
            closeDeadline.cancel(false);
        }
        if (loginBytes != null) {
            loginBytes.release();
            loginBytes = null;
        }
        reader.close();
        metrics.clientClosed(authenticated);
        if (conversation != null) {
            conversation.close();
        } else {
            context.limits().leave(source());
        }
        passedSession(null);
    }

    long connectionId() {
        return connectionId;
    }
}
