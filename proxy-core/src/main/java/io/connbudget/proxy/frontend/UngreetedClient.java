package io.connbudget.proxy.frontend;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client that came while the database has no room for the proxy's first connection. It waits, as others do for a backend,
 * and is greeted when the database is reached; a greeting needs its version and collation. One-shot: takes itself out.
 *
 * <pre>
 *   waits --reached--&gt; greeted
 *     '--the time is over--&gt; refused
 * </pre>
 */
final class UngreetedClient extends ChannelInboundHandlerAdapter {
    private final Duration limit;
    private final Runnable greet;
    private final Runnable refuse;
    private @Nullable ChannelHandlerContext context;
    private @Nullable ScheduledFuture<?> timer;

    /**
     * One client; all is called on its event loop.
     *
     * @param greet adds what serves the client to the channel
     * @param refuse tells it why not, and closes
     */
    UngreetedClient(Duration limit, Runnable greet, Runnable refuse) {
        this.limit = limit;
        this.greet = greet;
        this.refuse = refuse;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        timer = ctx.executor()
                .schedule(
                        () -> {
                            if (leave()) {
                                refuse.run();
                            }
                        },
                        limit.toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    /** The database is reached. On the event loop. */
    void reached() {
        ChannelHandlerContext ctx = context;
        if (ctx != null && leave()) {
            greet.run();
            ctx.channel().pipeline().fireChannelActive();
        }
    }

    private boolean leave() {
        ChannelHandlerContext ctx = context;
        if (ctx == null || ctx.isRemoved()) {
            return false;
        }
        ctx.pipeline().remove(this);
        return true;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    /** What serves the client does not exist yet. */
    @Override
    public void channelActive(ChannelHandlerContext ctx) {}

    /** In this protocol the server speaks first. */
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
        ctx.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
