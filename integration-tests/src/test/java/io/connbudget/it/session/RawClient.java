package io.connbudget.it.session;

import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import io.connbudget.wire.Packets;
import io.connbudget.wire.ServerStatus;
import io.connbudget.wire.auth.CachingSha2Password;
import io.connbudget.wire.auth.NativePassword;
import io.connbudget.wire.auth.RsaPassword;
import io.connbudget.wire.message.AuthSwitchRequest;
import io.connbudget.wire.message.ChangeUser;
import io.connbudget.wire.message.HandshakeResponse41;
import io.connbudget.wire.message.HandshakeV10;
import io.connbudget.wire.response.PacketKind;
import io.connbudget.wire.response.ResponseTracker;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A blocking client of the MySQL protocol that hides nothing: each answer is the list of its packets. */
final class RawClient implements AutoCloseable {
    /** What every server and the proxy offer; a login may add FOUND_ROWS, MULTI_STATEMENTS, DEPRECATE_EOF and others. */
    static final int BASE = Capabilities.LONG_PASSWORD
            | Capabilities.LONG_FLAG
            | Capabilities.CONNECT_WITH_DB
            | Capabilities.PROTOCOL_41
            | Capabilities.TRANSACTIONS
            | Capabilities.SECURE_CONNECTION
            | Capabilities.MULTI_RESULTS
            | Capabilities.PS_MULTI_RESULTS
            | Capabilities.PLUGIN_AUTH
            | Capabilities.PLUGIN_AUTH_LENENC_DATA;

    private static final int KNOWN_BEFORE_ROWS = ServerStatus.AUTOCOMMIT;

    /**
     * No (good) index used, slow: the optimizer's choice of the moment. That a prepared statement's columns have changed since its
     * last execution on that backend. And that session state has changed, which MariaDB tells
     * clients that have not asked for it with the end of some rows.
     */
    private static final int OF_THE_PLAN = 0x10 | 0x20 | ServerStatus.METADATA_CHANGED | 0x800 | 0x4000;

    private static final int SESSION_STATE_CHANGED = 0x4000;

    /** Collation, length, type, flags, decimals and filler. */
    private static final int DEFINITION_TAIL_BYTES = 2 + 4 + 1 + 2 + 1 + 2;

    private static final byte NO_DEFAULT = (byte) 0xfb;
    private static final int OK_WARNINGS_INDEX = 5;
    /** Behind the sequence id, the header and the warnings. */
    private static final int STATUS_IN_EOF = 4;

    private static final Set<Command> WITHOUT_DIAGNOSTICS =
            Set.of(Command.PING, Command.SET_OPTION, Command.STMT_RESET, Command.RESET_CONNECTION, Command.INIT_DB);
    /** How far behind the columns the proxy looks for the end of the rows. */
    private static final int LOOK_AHEAD_BYTES = 4000;

    private static final int ANSWER_LIMIT_MILLIS = 15_000;
    private static final int MAX_PACKET_BYTES = 1 << 24;

    /** What a client logs in with. */
    record Login(String user, String password, String schema, int capabilities, int collation) {
        Login withSchema(String name) {
            return new Login(user, password, name, capabilities, collation);
        }
    }

    private Login login;
    private final Map<Integer, Integer> sameCollations;
    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;
    private final ResponseTracker tracker = new ResponseTracker();
    private final long connectionId;
    private int sequence;
    private int preparedId;
    private int preparedParameters;

    /** Connects and logs in. */
    RawClient(InetSocketAddress address, Login login) throws IOException {
        this(address, login, Map.of());
    }

    /**
     * Connects and logs in.
     *
     * @param sameCollations for collation ids in definitions the id that is shown in their place
     */
    RawClient(InetSocketAddress address, Login login, Map<Integer, Integer> sameCollations) throws IOException {
        this.login = login;
        this.sameCollations = sameCollations;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(ANSWER_LIMIT_MILLIS);
        socket.connect(address, ANSWER_LIMIT_MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        HandshakeV10 greeting = HandshakeV10.decode(payload());
        connectionId = greeting.connectionId();
        ByteBuf response = Unpooled.buffer();
        new HandshakeResponse41(
                        login.capabilities(),
                        MAX_PACKET_BYTES,
                        login.collation(),
                        login.user(),
                        scramble(greeting.authPlugin(), greeting.nonce()),
                        login.schema(),
                        greeting.authPlugin(),
                        Map.of())
                .encode(response);
        send(response);
        byte[] last = authenticate(greeting.nonce(), new ArrayList<>());
        if (last[0] != 0) {
            throw new IOException("login refused: " + new String(last, StandardCharsets.ISO_8859_1));
        }
    }

    private byte[] scramble(String plugin, byte[] nonce) {
        byte[] password = login.password().getBytes(StandardCharsets.UTF_8);
        return plugin.equals(CachingSha2Password.PLUGIN)
                ? CachingSha2Password.scramble(password, nonce)
                : NativePassword.scramble(password, nonce);
    }

    /** Goes on until OK or ERR, which is returned. Only that packet is added: how a server authenticates is its own affair. */
    private byte[] authenticate(byte[] firstNonce, List<byte[]> answer) throws IOException {
        byte[] nonce = firstNonce;
        while (true) {
            byte[] packet = packet();
            int first = packet[0] & 0xff;
            if (first == AuthSwitchRequest.HEADER) {
                AuthSwitchRequest request = AuthSwitchRequest.decode(Unpooled.wrappedBuffer(packet));
                nonce = request.nonce();
                send(Unpooled.wrappedBuffer(scramble(request.plugin(), nonce)));
            } else if (first == 1 && packet[1] == CachingSha2Password.PERFORM_FULL_AUTHENTICATION) {
                send(Unpooled.wrappedBuffer(new byte[] {CachingSha2Password.REQUEST_PUBLIC_KEY}));
                byte[] key = packet();
                try {
                    byte[] pem = Arrays.copyOfRange(key, 1, key.length);
                    byte[] password = login.password().getBytes(StandardCharsets.UTF_8);
                    send(Unpooled.wrappedBuffer(RsaPassword.encrypt(password, nonce, RsaPassword.fromPem(pem))));
                } catch (GeneralSecurityException e) {
                    throw new IOException(e);
                }
            } else if (first != 1) {
                answer.add(withSequence(0, packet));
                return packet;
            }
        }
    }

    long connectionId() {
        return connectionId;
    }

    Login login() {
        return login;
    }

    /** The id and the number of parameters of the statement prepared last; id 0 where that failed. */
    int preparedId() {
        return preparedId;
    }

    int preparedParameters() {
        return preparedParameters;
    }

    /** COM_CHANGE_USER to the same account. */
    List<byte[]> changeUser(String schema, int collation) throws IOException {
        return changeUser(schema, login.user(), login.password(), collation);
    }

    /** COM_CHANGE_USER to another account. */
    List<byte[]> changeUser(String schema, String user, String password, int collation) throws IOException {
        login = new Login(user, password, schema, login.capabilities(), collation);
        sequence = 0;
        ByteBuf request = Unpooled.buffer();
        byte[] nonce = new byte[20];
        String plugin = CachingSha2Password.PLUGIN;
        new ChangeUser(login.user(), scramble(plugin, nonce), schema, collation, plugin, Map.of()).encode(request);
        send(request);
        List<byte[]> answer = new ArrayList<>();
        authenticate(nonce, answer);
        return answer;
    }

    /** Sends a command and reads all of its answer; each packet is its sequence id and its payload. */
    List<byte[]> command(Command command, byte[] body) throws IOException {
        send(command, body);
        return answer(command);
    }

    /** Sends a command behind another one, before it reads the answers of both. */
    List<byte[]> pipelined(Command first, byte[] firstBody, Command second, byte[] secondBody) throws IOException {
        send(first, firstBody);
        send(second, secondBody);
        List<byte[]> answers = new ArrayList<>(answer(first));
        answers.addAll(answer(second));
        return answers;
    }

    private void send(Command command, byte[] body) throws IOException {
        sequence = 0;
        send(Unpooled.buffer(body.length + 1).writeByte(command.code()).writeBytes(body));
    }

    private List<byte[]> answer(Command command) throws IOException {
        preparedId = 0;
        tracker.begin(command, Capabilities.has(login.capabilities(), Capabilities.DEPRECATE_EOF), false);
        List<byte[]> answer = new ArrayList<>();
        int columnsEnd = -1;
        int rowBytes = 0;
        while (!tracker.complete()) {
            byte[] packet = packet();
            ByteBuf view = Unpooled.wrappedBuffer(packet);
            PacketKind kind = tracker.packet(packet.length, packet.length == 0 ? -1 : packet[0] & 0xff, view, 0);
            if (kind == PacketKind.PREPARE_OK) {
                preparedId = tracker.outcome().preparedStatementId();
                preparedParameters = tracker.outcome().preparedParameters();
                view.setIntLE(1, 0);
            }
            boolean ofPrepare = kind == PacketKind.PARAMETERS_END || kind == PacketKind.PREPARED_COLUMNS_END;
            if (ofPrepare) {
                // The flags are those of the statement before; an error told none.
                view.setShortLE(3, view.getUnsignedShortLE(3) & KNOWN_BEFORE_ROWS);
            }
            if (kind == PacketKind.COLUMNS_END && !tracker.complete()) {
                // A backend sends none, and the number of warnings up to there is not known.
                view.setShortLE(1, 0).setShortLE(3, view.getUnsignedShortLE(3) & ~OF_THE_PLAN);
                columnsEnd = answer.size();
                rowBytes = 0;
            } else if (kind == PacketKind.COLUMNS_END) {
                // A cursor's.
                view.setShortLE(3, view.getUnsignedShortLE(3) & ~SESSION_STATE_CHANGED);
            } else if (columnsEnd >= 0 && (kind == PacketKind.ERR || rowBytes > LOOK_AHEAD_BYTES)) {
                // No end of the rows tells what the flags are in time: those are told that were known before.
                byte[] before = answer.get(columnsEnd);
                before[STATUS_IN_EOF] &= KNOWN_BEFORE_ROWS;
                before[STATUS_IN_EOF + 1] = 0;
            }
            rowBytes += packet.length;
            if (kind == PacketKind.OK || kind == PacketKind.ROWS_END) {
                int at = tracker.ok().statusIndex();
                view.setShortLE(at, view.getUnsignedShortLE(at) & ~OF_THE_PLAN);
            }
            boolean definition = kind == PacketKind.COLUMN_DEFINITION
                    || kind == PacketKind.PARAMETER_DEFINITION
                    || kind == PacketKind.PREPARED_COLUMN_DEFINITION;
            if (definition && packet.length > DEFINITION_TAIL_BYTES) {
                collation(view, packet.length - DEFINITION_TAIL_BYTES);
            }
            if (kind == PacketKind.FIELD_DEFINITION && packet[packet.length - 1] == NO_DEFAULT) {
                collation(view, packet.length - DEFINITION_TAIL_BYTES - 1);
            }
            if (kind == PacketKind.OK && WITHOUT_DIAGNOSTICS.contains(command)) {
                // The proxy answers most of these itself; servers repeat the warning count of the statement before.
                view.setShortLE(packet[0] == 0 ? OK_WARNINGS_INDEX : 1, 0);
                if (packet[0] != 0 && packet.length > OK_WARNINGS_INDEX + 1) {
                    view.setShortLE(OK_WARNINGS_INDEX, 0);
                }
            }
            answer.add(withSequence(sequence - 1, packet));
            if (tracker.awaitingLocalInfile()) {
                send(Unpooled.wrappedBuffer("11,a\n12,b\n".getBytes(StandardCharsets.US_ASCII)));
                send(Unpooled.EMPTY_BUFFER);
                tracker.localInfileSent();
            }
        }
        return answer;
    }

    private void collation(ByteBuf packet, int at) {
        int id = packet.getUnsignedShortLE(at);
        packet.setShortLE(at, sameCollations.getOrDefault(id, id));
    }

    private static byte[] withSequence(int sequence, byte[] payload) {
        byte[] packet = new byte[payload.length + 1];
        packet[0] = (byte) sequence;
        System.arraycopy(payload, 0, packet, 1, payload.length);
        return packet;
    }

    private void send(ByteBuf payload) throws IOException {
        int length = payload.readableBytes();
        ByteBuf packet = Unpooled.buffer(length + Packets.HEADER_BYTES);
        Packets.writeHeader(packet, length, sequence++);
        packet.writeBytes(payload);
        out.write(packet.array(), 0, packet.readableBytes());
    }

    private ByteBuf payload() throws IOException {
        return Unpooled.wrappedBuffer(packet());
    }

    private byte[] packet() throws IOException {
        byte[] header = exactly(Packets.HEADER_BYTES);
        sequence = (header[3] & 0xff) + 1;
        return exactly((header[0] & 0xff) | (header[1] & 0xff) << 8 | (header[2] & 0xff) << 16);
    }

    private byte[] exactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("connection closed");
        }
        return bytes;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** Sends COM_QUIT, so that a server frees the session before long, and closes. */
    void quit() {
        try (RawClient self = this) {
            self.sequence = 0;
            self.send(Unpooled.wrappedBuffer(new byte[] {(byte) Command.QUIT.code()}));
        } catch (IOException e) {
            // The connection may be gone already; that is what was wanted.
            return;
        }
    }
}
