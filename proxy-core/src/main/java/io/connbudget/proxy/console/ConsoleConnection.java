package io.connbudget.proxy.console;

import io.connbudget.proxy.config.AdminRole;
import io.connbudget.proxy.logging.LogKeys;
import io.connbudget.proxy.operate.Table;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.connbudget.wire.Packets;
import io.connbudget.wire.ServerStatus;
import io.connbudget.wire.auth.CachingSha2Password;
import io.connbudget.wire.auth.NativePassword;
import io.connbudget.wire.message.AuthMoreData;
import io.connbudget.wire.message.AuthSwitchRequest;
import io.connbudget.wire.message.ColumnDefinition;
import io.connbudget.wire.message.EofPacket;
import io.connbudget.wire.message.ErrPacket;
import io.connbudget.wire.message.HandshakeResponse41;
import io.connbudget.wire.message.HandshakeV10;
import io.connbudget.wire.message.OkPacket;
import io.connbudget.wire.message.TextResult;
import io.connbudget.wire.message.TextRow;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One operator's connection. Owned by its event loop; statements run on a thread of their own, one at a time.
 *
 * <pre>
 *   GREETED --login--> SWITCHED (another plugin or nonce) --answer--> COMMANDS <--> RUNNING
 *                                                             '--wrong--> DENIED --after a while--> CLOSED
 *   any --error, QUIT, client gone--> CLOSED
 * </pre>
 */
final class ConsoleConnection {
    private static final Logger AUDIT = LoggerFactory.getLogger("io.connbudget.proxy.audit");
    private static final int MAX_STATEMENT_BYTES = 1 << 20;
    private static final int MAX_LOGIN_BYTES = 16 * 1024;
    private static final int CAPABILITIES = Capabilities.LONG_PASSWORD
            | Capabilities.LONG_FLAG
            | Capabilities.CONNECT_WITH_DB
            | Capabilities.PROTOCOL_41
            | Capabilities.TRANSACTIONS
            | Capabilities.SECURE_CONNECTION
            | Capabilities.MULTI_RESULTS
            | Capabilities.PLUGIN_AUTH
            | Capabilities.PLUGIN_AUTH_LENENC_DATA
            | Capabilities.CONNECT_ATTRS
            | Capabilities.DEPRECATE_EOF;

    private enum Phase {
        GREETED,
        SWITCHED,
        DENIED,
        COMMANDS,
        RUNNING,
        CLOSED
    }

    private final ConsoleContext context;
    private final Channel channel;
    private final long id;
    private Phase phase = Phase.GREETED;
    private byte[] nonce = new byte[0];
    private int sequence;
    private int capabilities;
    private String user = "";
    private String plugin = CachingSha2Password.PLUGIN;
    private @Nullable Operator operator;
    /** No administrator is configured: whoever comes from the machine itself is one. */
    private boolean open;

    private @Nullable SetUpAnswers setUp;
    private @Nullable ScheduledFuture<?> timeout;
    /** Counted at the door. */
    private boolean stranger = true;

    ConsoleConnection(ConsoleContext context, Channel channel, long id) {
        this.context = context;
        this.channel = channel;
        this.id = id;
    }

    void opened() {
        timeout = channel.eventLoop()
                .schedule(this::late, context.door().timeout().toMillis(), TimeUnit.MILLISECONDS);
        nonce = HandshakeV10.newNonce(context.random());
        send(new HandshakeV10(
                context.version(),
                id,
                nonce,
                CAPABILITIES,
                ColumnDefinition.UTF8MB4_GENERAL_CI,
                ServerStatus.AUTOCOMMIT,
                CachingSha2Password.PLUGIN));
    }

    private void late() {
        fail(1159, "08S01", "No login within " + context.door().timeout().toMillis() + " ms");
    }

    /** It has logged in, or is gone. */
    private void leaveDoor() {
        if (timeout != null) {
            timeout.cancel(false);
        }
        if (stranger) {
            stranger = false;
            context.door().leave(source(channel));
        }
    }

    /** The address of the other side. */
    static InetAddress source(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress address && address.getAddress() != null
                ? address.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    /** Length that a packet may have at this moment, without its header. */
    int maxBytes() {
        return operatorKnown() ? MAX_STATEMENT_BYTES : MAX_LOGIN_BYTES;
    }

    private boolean operatorKnown() {
        return phase == Phase.COMMANDS || phase == Phase.RUNNING;
    }

    /** Whether the next packet can be taken; the others wait. */
    boolean takes() {
        return phase != Phase.RUNNING && phase != Phase.DENIED;
    }

    /** One whole packet; the caller keeps the payload. */
    void received(int sequenceId, ByteBuf payload) {
        sequence = (sequenceId + 1) & 0xff;
        switch (phase) {
            case GREETED -> login(HandshakeResponse41.decode(payload));
            case SWITCHED -> {
                byte[] answer = new byte[payload.readableBytes()];
                payload.readBytes(answer);
                verify(answer);
            }
            case COMMANDS -> command(payload);
            default -> {}
        }
    }

    /** The client broke the protocol. */
    void malformed(MalformedPacketException cause) {
        fail(1835, "HY000", "Malformed communication packet: " + cause.getMessage());
    }

    void closed() {
        phase = Phase.CLOSED;
        leaveDoor();
    }

    // ---------------------------------------------------------------- login

    private void login(HandshakeResponse41 login) {
        capabilities = login.capabilities() & CAPABILITIES;
        user = login.user();
        Map<String, Operator> operators = context.operators().get();
        operator = operators.get(user);
        open = operators.isEmpty() && source(channel).isLoopbackAddress();
        String used = login.authPlugin();
        if (NativePassword.PLUGIN.equals(used) || CachingSha2Password.PLUGIN.equals(used)) {
            plugin = NativePassword.PLUGIN.equals(used) ? NativePassword.PLUGIN : CachingSha2Password.PLUGIN;
            verify(login.authResponse());
            return;
        }
        // A client that names no plugin knows the older one.
        plugin = used == null ? NativePassword.PLUGIN : CachingSha2Password.PLUGIN;
        if (used == null) {
            verify(login.authResponse());
        } else {
            phase = Phase.SWITCHED;
            nonce = HandshakeV10.newNonce(context.random());
            send(new AuthSwitchRequest(plugin, nonce));
        }
    }

    private void verify(byte[] answer) {
        Operator known = operator;
        boolean empty = answer.length == 0 || (answer.length == 1 && answer[0] == 0);
        // An unknown account takes the same time as a wrong password.
        boolean verified = (known == null ? context.nobody() : known).verify(plugin, answer, nonce) && known != null;
        if (open) {
            operator = new Operator(clip(user), "", AdminRole.OPERATOR);
            verified = true;
        }
        if (!verified) {
            AUDIT.atWarn()
                    .addKeyValue(LogKeys.EVENT, "console_login_refused")
                    .addKeyValue(LogKeys.CLIENT_ADDRESS, address())
                    .addKeyValue(LogKeys.USER, clip(user))
                    .log();
            deny("Access denied for user '" + clip(user) + "'@'" + host() + "' (using password: "
                    + (empty ? "NO" : "YES") + ")");
            return;
        }
        leaveDoor();
        if (plugin.equals(CachingSha2Password.PLUGIN) && !empty) {
            send(new AuthMoreData(new byte[] {CachingSha2Password.FAST_AUTH_SUCCESS}));
        }
        phase = Phase.COMMANDS;
        setUp = new SetUpAnswers(context.version(), user, id);
        send(OkPacket.of(ServerStatus.AUTOCOMMIT));
    }

    /** The more wrong passwords an address has, the later it is told. */
    private void deny(String message) {
        phase = Phase.DENIED;
        if (timeout != null) {
            timeout.cancel(false);
        }
        channel.eventLoop()
                .schedule(
                        () -> fail(1045, "28000", message),
                        context.door().failed(source(channel), System.nanoTime()),
                        TimeUnit.NANOSECONDS);
    }

    // ---------------------------------------------------------------- commands

    private void command(ByteBuf payload) {
        if (!payload.isReadable()) {
            throw new MalformedPacketException("an empty packet, expected a command");
        }
        Command command = Command.of(payload.readUnsignedByte());
        switch (command) {
            case QUERY -> query(payload.toString(StandardCharsets.UTF_8));
            case QUIT -> channel.close();
            case PING, INIT_DB, RESET_CONNECTION -> send(OkPacket.of(ServerStatus.AUTOCOMMIT));
            case SET_OPTION, FIELD_LIST -> send(new EofPacket(0, ServerStatus.AUTOCOMMIT));
            case STATISTICS -> send(out -> out.writeBytes("connbudget console".getBytes(StandardCharsets.US_ASCII)));
            case STMT_PREPARE ->
                send(new ErrPacket(
                        1295, "HY000", "The console has no prepared statements; send the statement as text"));
            case STMT_CLOSE -> {}
            default -> send(new ErrPacket(1047, "08S01", "Unknown command: the console does not serve " + command));
        }
    }

    private void query(String sql) {
        phase = Phase.RUNNING;
        Operator by = Objects.requireNonNull(operator);
        SetUpAnswers answers = Objects.requireNonNull(setUp);
        context.threads().execute(() -> {
            Outcome outcome;
            try {
                outcome = outcome(new ConsoleStatement(sql), by, answers);
            } catch (RuntimeException e) {
                AUDIT.atError()
                        .addKeyValue(LogKeys.EVENT, "console_fault")
                        .setCause(e)
                        .log();
                outcome = new Outcome.Failed(1105, "HY000", "the console failed: " + e);
            }
            Outcome result = outcome;
            channel.eventLoop().execute(() -> answer(result));
        });
    }

    private Outcome outcome(ConsoleStatement statement, Operator by, SetUpAnswers answers) {
        boolean changes = ConsoleCommands.changes(statement);
        Outcome outcome = context.commands().run(statement, by.role());
        if (outcome == null) {
            outcome = answers.answer(statement);
        }
        if (outcome == null) {
            outcome = new Outcome.Failed(
                    1064,
                    "42000",
                    "The console does not know '" + clip(statement.sql().strip()) + "'; SHOW HELP lists what it does");
        }
        if (changes) {
            audit(statement, by, outcome);
        }
        return outcome;
    }

    private void audit(ConsoleStatement statement, Operator by, Outcome outcome) {
        boolean done = outcome instanceof Outcome.Done;
        String text = outcome instanceof Outcome.Done ok
                ? ok.info()
                : outcome instanceof Outcome.Failed failed ? failed.message() : "";
        (done ? AUDIT.atInfo() : AUDIT.atWarn())
                .addKeyValue(LogKeys.EVENT, "console_command")
                .addKeyValue(LogKeys.USER, by.name())
                .addKeyValue(LogKeys.CLIENT_ADDRESS, address())
                .addKeyValue(LogKeys.STATEMENT, clip(statement.sql().strip()))
                .addKeyValue(LogKeys.OUTCOME, done ? "done" : "refused")
                .log(text);
    }

    private void answer(Outcome outcome) {
        if (phase != Phase.RUNNING) {
            return;
        }
        phase = Phase.COMMANDS;
        if (outcome instanceof Outcome.Rows rows) {
            rows(rows.table());
        } else if (outcome instanceof Outcome.Done done) {
            send(new OkPacket(0, 0, 0, ServerStatus.AUTOCOMMIT, 0, done.info().getBytes(StandardCharsets.UTF_8)));
        } else if (outcome instanceof Outcome.Failed failed) {
            send(new ErrPacket(failed.code(), failed.sqlState(), failed.message()));
        }
        channel.pipeline().fireUserEventTriggered(ConsoleHandler.READY);
    }

    private void rows(Table table) {
        List<ColumnDefinition> columns =
                table.columns().stream().map(ConsoleConnection::definition).toList();
        List<TextRow> rows = table.rows().stream()
                .map(row -> new TextRow(row.stream().map(Table::text).toList()))
                .toList();
        ByteBuf out = channel.alloc().buffer();
        new TextResult(columns, rows).write(out, sequence, capabilities, ServerStatus.AUTOCOMMIT);
        channel.writeAndFlush(out, channel.voidPromise());
    }

    private static ColumnDefinition definition(Table.Column column) {
        if (!column.number()) {
            return ColumnDefinition.text(column.name());
        }
        return column.fraction() ? ColumnDefinition.fractional(column.name()) : ColumnDefinition.integer(column.name());
    }

    // ---------------------------------------------------------------- writing

    private void send(Message message) {
        channel.writeAndFlush(Packets.write(channel.alloc(), sequence++ & 0xff, message), channel.voidPromise());
    }

    private void fail(int code, String sqlState, String message) {
        if (phase == Phase.CLOSED) {
            return;
        }
        phase = Phase.CLOSED;
        channel.writeAndFlush(Packets.write(channel.alloc(), sequence & 0xff, new ErrPacket(code, sqlState, message)))
                .addListener(ChannelFutureListener.CLOSE);
    }

    private String address() {
        return String.valueOf(channel.remoteAddress()).replaceFirst("^/", "");
    }

    private String host() {
        String address = address();
        int colon = address.lastIndexOf(':');
        return colon < 0 ? address : address.substring(0, colon);
    }

    private static String clip(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "...";
    }
}
