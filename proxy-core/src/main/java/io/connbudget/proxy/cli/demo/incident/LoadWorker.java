package io.connbudget.proxy.cli.demo.incident;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One process of the load. Opens its connections at once, a few logins at a time; on the line {@code run} on standard
 * input starts the transactions on all of them; ends at the end of standard input, so it never outlives who started it.
 * Prints its {@link LoadReport} as a line some times a second.
 */
public final class LoadWorker {
    /** Logins under way at once: below the accept backlog of a server, however many workers there are. */
    private static final int LOGINS_AT_ONCE = 32;

    private static final int REPORT_INTERVAL_MILLIS = 100;
    private static final int CONNECT_TIMEOUT_MILLIS = 30_000;

    private final LoadPlan plan;
    private final EventLoop loop;
    private final PrintStream out;
    private final LoadTally tally = new LoadTally();
    private final List<LoadConnection> connections = new ArrayList<>();
    private int started;

    private LoadWorker(LoadPlan plan, EventLoop loop, PrintStream out) {
        this.plan = plan;
        this.loop = loop;
        this.out = out;
    }

    public static void main(String[] arguments) throws IOException {
        LoadPlan plan = LoadPlan.fromArguments(arguments, System.getenv());
        LoadWorker worker =
                new LoadWorker(plan, new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()).next(), System.out);
        worker.loop.execute(worker::open);
        worker.loop.scheduleAtFixedRate(
                worker::report, REPORT_INTERVAL_MILLIS, REPORT_INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String command = commands.readLine(); command != null; command = commands.readLine()) {
            if (command.equals("run")) {
                worker.loop.execute(worker::run);
            }
        }
        // Without a graceful shutdown: thousands of sockets close with the process.
        Runtime.getRuntime().halt(0);
    }

    private void open() {
        for (int i = 0; i < LOGINS_AT_ONCE; i++) {
            openNext();
        }
    }

    private void openNext() {
        if (started == plan.connections()) {
            return;
        }
        started++;
        LoadConnection connection = new LoadConnection(plan, tally, this::openNext);
        connections.add(connection);
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new LengthFieldBasedFrameDecoder(
                                        ByteOrder.LITTLE_ENDIAN, 1 << 20, 0, 3, 1, 3, true))
                                .addLast(connection);
                    }
                });
        bootstrap.connect(plan.host(), plan.port()).addListener((ChannelFuture connected) -> {
            if (!connected.isSuccess()) {
                tally.failed(LoadConnection.CONNECT_FAILED);
                openNext();
            }
        });
    }

    private void run() {
        connections.forEach(LoadConnection::run);
    }

    private void report() {
        out.println(tally.report().toLine());
        out.flush();
    }
}
