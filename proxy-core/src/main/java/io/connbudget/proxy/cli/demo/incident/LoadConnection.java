package io.connbudget.proxy.cli.demo.incident;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One client connection of the load: logs in, waits to be told to run, runs its transactions, then stays open and idle.
 * The first error ends it and is counted. Frames arrive without their length: sequence number, then payload.
 */
final class LoadConnection extends SimpleChannelInboundHandler<ByteBuf> {
    static final int CONNECT_FAILED = 2003;
    static final int CONNECTION_LOST = 2013;

    private static final int COM_QUERY = 3;
    private static final int OK = 0x00;
    private static final int AUTH_MORE_DATA = 0x01;
    private static final int FAST_AUTH_OK = 0x03;
    private static final int EOF = 0xFE;
    private static final int ERR = 0xFF;
    private static final int EOF_MAX_BYTES = 9;

    private enum State {
        GREETING,
        LOGIN,
        IDLE,
        TRANSACTION,
        ENDED
    }

    private final LoadPlan plan;
    private final LoadTally tally;
    private final Runnable loginOver;

    private State state = State.GREETING;
    private String[] statements = {};
    private int statement;
    private int eofsLeft;
    private int transactionsLeft;
    private boolean loggedIn;
    private @Nullable ChannelHandlerContext context;

    /** @param loginOver called once on the event loop when the login has succeeded or failed */
    LoadConnection(LoadPlan plan, LoadTally tally, Runnable loginOver) {
        this.plan = plan;
        this.tally = tally;
        this.loginOver = loginOver;
        this.transactionsLeft = plan.transactionsPerConnection();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /** Starts the transactions, if the login has succeeded. On the event loop. */
    void run() {
        if (state == State.IDLE && context != null) {
            nextTransaction(context);
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
        int sequence = frame.readUnsignedByte();
        int first = frame.getUnsignedByte(frame.readerIndex());
        if (first == ERR) {
            fail(ctx, frame.getUnsignedShortLE(frame.readerIndex() + 1));
            return;
        }
        switch (state) {
            case GREETING -> greeted(ctx, sequence, frame);
            case LOGIN -> loginAnswered(ctx, sequence, first, frame);
            case TRANSACTION -> answered(ctx, first, frame.readableBytes());
            case IDLE -> fail(ctx, CONNECTION_LOST);
            case ENDED -> {}
        }
    }

    private void greeted(ChannelHandlerContext ctx, int sequence, ByteBuf frame) {
        ClientLogin.Challenge challenge = ClientLogin.greeting(frame);
        ByteBuf out = startPacket(ctx, sequence + 1);
        ClientLogin.writeResponse(out, plan, challenge);
        send(ctx, out);
        state = State.LOGIN;
    }

    private void loginAnswered(ChannelHandlerContext ctx, int sequence, int first, ByteBuf frame) {
        frame.skipBytes(1);
        switch (first) {
            case OK -> {
                state = State.IDLE;
                loggedIn = true;
                tally.opened();
                loginOver.run();
            }
            case EOF -> {
                ByteBuf out = startPacket(ctx, sequence + 1);
                out.writeBytes(ClientLogin.scramble(plan.password(), ClientLogin.switchRequest(frame)));
                send(ctx, out);
            }
            case AUTH_MORE_DATA -> {
                if (frame.readUnsignedByte() != FAST_AUTH_OK) {
                    // The server does not have the password in its cache: LoadFleet logs in once to put it there.
                    fail(ctx, CONNECTION_LOST);
                }
            }
            default -> fail(ctx, CONNECTION_LOST);
        }
    }

    private void nextTransaction(ChannelHandlerContext ctx) {
        if (transactionsLeft == 0) {
            state = State.IDLE;
            tally.finished();
            return;
        }
        state = State.TRANSACTION;
        statements = LoadTable.transaction(ThreadLocalRandom.current().nextInt(plan.rows()));
        statement = 0;
        query(ctx);
    }

    private void query(ChannelHandlerContext ctx) {
        ByteBuf out = startPacket(ctx, 0);
        out.writeByte(COM_QUERY);
        out.writeCharSequence(statements[statement], StandardCharsets.UTF_8);
        send(ctx, out);
        eofsLeft = 0;
    }

    /** One packet of an answer: an OK, or a result set with one EOF behind its columns and one behind its rows. */
    private void answered(ChannelHandlerContext ctx, int first, int length) {
        boolean over = false;
        if (eofsLeft == 0) {
            over = first == OK;
            eofsLeft = over ? 0 : 2;
        } else if (first == EOF && length < EOF_MAX_BYTES) {
            eofsLeft--;
            over = eofsLeft == 0;
        }
        if (!over) {
            return;
        }
        statement++;
        if (statement < statements.length) {
            query(ctx);
        } else {
            tally.committed();
            transactionsLeft--;
            nextTransaction(ctx);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail(ctx, CONNECTION_LOST);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        fail(ctx, CONNECTION_LOST);
    }

    private void fail(ChannelHandlerContext ctx, int code) {
        if (state == State.ENDED) {
            return;
        }
        state = State.ENDED;
        tally.failed(code);
        if (loggedIn) {
            tally.closed();
        } else {
            loginOver.run();
        }
        ctx.close();
    }

    private static ByteBuf startPacket(ChannelHandlerContext ctx, int sequence) {
        return ctx.alloc().buffer().writeZero(3).writeByte(sequence);
    }

    private static void send(ChannelHandlerContext ctx, ByteBuf packet) {
        packet.setMediumLE(0, packet.readableBytes() - 4);
        ctx.writeAndFlush(packet, ctx.voidPromise());
    }
}
