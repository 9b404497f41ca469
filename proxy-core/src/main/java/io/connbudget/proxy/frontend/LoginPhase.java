package io.connbudget.proxy.frontend;

import io.connbudget.proxy.config.FrontendTlsConfig;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.session.ServerProfile;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.connbudget.wire.Packets;
import io.connbudget.wire.ServerStatus;
import io.connbudget.wire.message.ChangeUser;
import io.connbudget.wire.message.ErrPacket;
import io.connbudget.wire.message.HandshakeResponse41;
import io.connbudget.wire.message.HandshakeV10;
import io.connbudget.wire.message.SslRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client's login, from the greeting or COM_CHANGE_USER to an account that is accepted or refused. Owned by the client's
 * event loop; what takes milliseconds is verified elsewhere.
 *
 * <pre>
 *   GREETED --SSLRequest--> (TLS) --+
 *      '-----login----------------> AUTHENTICATING --accepted or refused--> OVER
 *                                       ^                                    |
 *                                       '-----------COM_CHANGE_USER----------'
 *   any --connection closes--> CLOSED
 * </pre>
 */
final class LoginPhase {
    /** Takes what becomes of the login, on the event loop. */
    interface Target {
        /**
         * The account is accepted.
         *
         * @param answer what the client asked for; its database is the schema
         * @param exchange what has verified it
         * @param changingUser whether it came by COM_CHANGE_USER
         */
        void accepted(HandshakeResponse41 answer, Login exchange, boolean changingUser);

        /** The connection ends with this error. */
        void refuse(ErrorReport report);

        /** The connection ends with this error of the database. */
        void refuse(ErrPacket error);

        /** Bytes from the client; ownership passes. */
        void received(ByteBuf bytes);
    }

    private enum State {
        GREETED,
        AUTHENTICATING,
        OVER,
        CLOSED
    }

    /** What a packet may have before its sender is known. */
    static final int MAX_LOGIN_BYTES = 16 * 1024;

    private final FrontendContext context;
    private final Channel channel;
    private final Target target;
    private State state = State.GREETED;
    private byte[] nonce = new byte[0];
    private int sequence;
    private boolean encrypted;
    private boolean changingUser;
    /** The login is verified elsewhere: nothing more of it is looked at. */
    private boolean verifying;

    private @Nullable ScheduledFuture<?> timeout;
    private @Nullable Login login;
    private @Nullable HandshakeResponse41 response;
    private @Nullable ByteBuf kept;

    LoginPhase(FrontendContext context, Channel channel, Target target) {
        this.context = context;
        this.channel = channel;
        this.target = target;
    }

    /** Greets the client; its login must come within the time-out. */
    void greet(ServerProfile profile, long connectionId) {
        nonce = HandshakeV10.newNonce(context.random());
        startTimeout();
        int capabilities = FrontendCapabilities.advertised(context.tls().context() != null);
        send(new HandshakeV10(
                profile.version(),
                connectionId,
                nonce,
                capabilities,
                Math.min(255, profile.defaultCollationId()),
                ServerStatus.AUTOCOMMIT,
                profile.mariaDb() ? Login.NATIVE : Login.CACHING_SHA2));
    }

    private void startTimeout() {
        timeout = channel.eventLoop()
                .schedule(this::late, context.handshakeTimeout().toMillis(), TimeUnit.MILLISECONDS);
    }

    private void late() {
        target.refuse(ErrorReport.handshakeTimeout(context.handshakeTimeout()));
    }

    /**
     * Bytes from the client; ownership passes. What is behind the login, or comes while nothing of it is looked at, is
     * kept.
     */
    void received(ByteBuf bytes) {
        ByteBuf in = bytes;
        ByteBuf before = takeKept();
        if (before != null) {
            in = channel.alloc().buffer(before.readableBytes() + bytes.readableBytes());
            in.writeBytes(before).writeBytes(bytes);
            before.release();
            bytes.release();
        }
        try {
            while (in.readableBytes() >= Packets.HEADER_BYTES && takesPacket()) {
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
                if (packet(in.readSlice(length))) {
                    if (in.isReadable()) {
                        // Clients begin TLS without an answer, so its first record may have come along. In clear text,
                        // which may be anybody's, TLS finds no record.
                        channel.pipeline().fireChannelRead(in.readRetainedSlice(in.readableBytes()));
                    }
                    return;
                }
            }
            if (in.isReadable() && state != State.CLOSED) {
                kept = in.readRetainedSlice(in.readableBytes());
            }
        } finally {
            in.release();
        }
    }

    /** Whether a packet that comes belongs to the login and can be looked at. */
    private boolean takesPacket() {
        return (state == State.GREETED || state == State.AUTHENTICATING) && !verifying;
    }

    /** @return whether TLS begins behind this packet */
    private boolean packet(ByteBuf payload) {
        if (state == State.AUTHENTICATING) {
            authentication(payload);
            return false;
        }
        SslContext tls = context.tls().context();
        if (payload.readableBytes() == SslRequest.BYTES && tls != null && !encrypted) {
            SslRequest.decode(payload);
            encrypted = true;
            TlsUpgrade.begin(channel, tls);
            return true;
        }
        HandshakeResponse41 answer = HandshakeResponse41.decode(payload);
        if (!Capabilities.has(answer.capabilities(), Capabilities.PROTOCOL_41)) {
            throw new MalformedPacketException("a login without CLIENT_PROTOCOL_41");
        }
        if (context.tls().mode() == FrontendTlsConfig.Mode.REQUIRE && !encrypted) {
            target.refuse(ErrorReport.secureTransportRequired());
            return false;
        }
        Login exchange = authenticate(answer);
        exchange.begin(answer.authPlugin(), answer.authResponse());
        advance(exchange);
        return false;
    }

    /** Begins again: another account, with the capabilities of the one before; it has as long as the first login had. */
    void changeUser(ChangeUser request, int capabilities) {
        startTimeout();
        changingUser = true;
        sequence = 1;
        Login exchange = authenticate(new HandshakeResponse41(
                capabilities,
                0,
                request.collation(),
                request.user(),
                new byte[0],
                request.database(),
                request.authPlugin(),
                request.attributes()));
        exchange.beginAnew();
        advance(exchange);
    }

    private Login authenticate(HandshakeResponse41 answer) {
        Login exchange = new Login(context, answer.user(), peer(), nonce);
        response = answer;
        login = exchange;
        state = State.AUTHENTICATING;
        return exchange;
    }

    private void authentication(ByteBuf payload) {
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
    }

    private void verified(Login exchange) {
        verifying = false;
        if (state == State.AUTHENTICATING) {
            advance(exchange);
            if (state == State.AUTHENTICATING) {
                target.received(Unpooled.EMPTY_BUFFER);
            }
        }
    }

    private void advance(Login exchange) {
        Message reply = exchange.takeReply();
        if (reply != null && exchange.state() == Login.State.ACCEPTED) {
            // It goes out with the OK, or the error, that is to come: one packet of TCP, and one wake-up of the client.
            write(reply);
        } else if (reply != null) {
            send(reply);
        }
        switch (exchange.state()) {
            case ACCEPTED -> {
                HandshakeResponse41 answer = Objects.requireNonNull(response);
                response = null;
                login = null;
                state = State.OVER;
                cancelTimeout();
                target.accepted(answer, exchange, changingUser);
            }
            case REFUSED -> refused(exchange);
            case ASKING -> {
                verifying = true;
                exchange.ask(
                        channel::isActive,
                        verdict -> channel.eventLoop().execute(() -> {
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
            tell(exchange);
            return;
        }
        verifying = true;
        // It is told of its password, not of the time that its answer is held back.
        cancelTimeout();
        channel.eventLoop()
                .schedule(
                        () -> {
                            if (state == State.AUTHENTICATING) {
                                tell(exchange);
                            }
                        },
                        Math.min(waitNanos, context.handshakeTimeout().toNanos()),
                        TimeUnit.NANOSECONDS);
    }

    private void tell(Login refused) {
        ErrPacket own = refused.databaseRefusal();
        if (own == null) {
            target.refuse(refused.refusal());
        } else {
            target.refuse(own);
        }
    }

    private Peer peer() {
        String certificate = encrypted ? FrontendTls.subject(channel.pipeline().get(SslHandler.class)) : null;
        return new Peer(source(), encrypted, certificate);
    }

    /** Sends a packet of the login. */
    void send(Message message) {
        write(message);
        channel.flush();
    }

    private void write(Message message) {
        channel.write(Packets.write(channel.alloc(), sequence++ & 0xff, message), channel.voidPromise());
    }

    /** The sequence id of the packet that answers the client's last one. */
    int answerSequence() {
        return sequence & 0xff;
    }

    /** The client's address, the PROXY protocol's where that is believed. */
    InetAddress source() {
        return ClientSource.of(channel);
    }

    /** Bytes that are kept. */
    int keptBytes() {
        ByteBuf bytes = kept;
        return bytes == null ? 0 : bytes.readableBytes();
    }

    /** What is kept, or null; the caller owns it. */
    @Nullable ByteBuf takeKept() {
        ByteBuf taken = kept;
        kept = null;
        return taken;
    }

    private void cancelTimeout() {
        if (timeout != null) {
            timeout.cancel(false);
            timeout = null;
        }
    }

    /** The connection closes; may be called again. */
    void close() {
        state = State.CLOSED;
        cancelTimeout();
        ByteBuf unused = takeKept();
        if (unused != null) {
            unused.release();
        }
    }
}
