package io.connbudget.proxy.frontend;

import io.connbudget.proxy.metrics.LoopMetrics;
import io.connbudget.proxy.metrics.ProxyMetrics;
import io.connbudget.proxy.relay.ResponseRelay;
import io.connbudget.proxy.session.BackendMemory;
import io.connbudget.proxy.session.ConnectionCharset;
import io.connbudget.proxy.session.Prologue;
import io.connbudget.proxy.session.ReplaySwitches;
import io.connbudget.proxy.session.ServerProfile;
import io.connbudget.proxy.session.SessionState;
import io.connbudget.proxy.session.sql.Encoding;
import io.connbudget.proxy.session.sql.SqlDialect;
import io.connbudget.proxy.session.sql.StatementClassifier;
import io.connbudget.proxy.session.sql.StatementFacts;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import io.connbudget.wire.Packets;
import io.connbudget.wire.ServerStatus;
import io.connbudget.wire.message.ColumnDefinition;
import io.connbudget.wire.message.TextResult;
import io.connbudget.wire.message.TextRow;
import io.connbudget.wire.response.OkView;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the proxy itself does for a query, part by part. The budget's decision is in {@code budget-policy}. Run it, with
 * the allocation per operation, by
 *
 * <pre>integration-tests/bench/jmh</pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgs = {"-Dio.netty.leakDetection.level=disabled", "-XX:+UseSerialGC"})
@State(Scope.Thread)
public class HotPathBenchmark implements CommandReader.Target, ResponseRelay.Output, ResponseRelay.Observer {
    private static final String TEXT = "SELECT c FROM sbtest1 WHERE id=";
    private static final int DIGITS_AT = Packets.HEADER_BYTES + 1 + TEXT.length();
    private static final int MOST_BYTES = 1 << 24;
    private static final ConnectionCharset CHARSET = ConnectionCharset.of(45, "utf8mb4", "utf8mb4_general_ci");

    private final ByteBufAllocator allocator = new AdaptiveByteBufAllocator();
    private final CommandReader reader = new CommandReader(allocator, this, MOST_BYTES);
    private final ResponseRelay relay = new ResponseRelay(allocator, this, this);
    private final ByteBuf query = query();
    private final byte[] pointSelect = answer(1);
    private final byte[] thousandRows = answer(1000);
    private final ByteBuf pointSelectIn = allocator.directBuffer(pointSelect.length);
    private final ByteBuf thousandRowsIn = allocator.directBuffer(thousandRows.length);
    private final StatementClassifier classifier = new StatementClassifier();
    private final SqlDialect dialect = new SqlDialect(false, 90700, false, false, false, Encoding.ASCII_SAFE);
    private final SessionState state = SessionState.atLogin("shop", CHARSET);
    private final SessionState otherState =
            state.with("sql_mode", "ANSI_QUOTES").with("time_zone", "+00:00");
    private final ServerProfile profile = new ServerProfile(
            "9.7.0",
            Map.of(45, CHARSET),
            45,
            CHARSET,
            "",
            ServerStatus.AUTOCOMMIT,
            List.of(),
            Map.of(),
            "SET @@session.session_track_schema=1");
    private final BackendMemory backend = new BackendMemory("app");
    private final LoopMetrics metrics = new ProxyMetrics().newLoop();
    private int number;

    public HotPathBenchmark() {
        backend.state(state);
        backend.tracking(true);
    }

    private ByteBuf query() {
        byte[] text = (TEXT + "00000000").getBytes(StandardCharsets.US_ASCII);
        ByteBuf packet = allocator.directBuffer();
        Packets.writeHeader(packet, 1 + text.length, 0);
        return packet.writeByte(Command.QUERY.code()).writeBytes(text);
    }

    /** As a backend gives it: with DEPRECATE_EOF. */
    private static byte[] answer(int rows) {
        ByteBuf out = Unpooled.buffer();
        new TextResult(List.of(ColumnDefinition.text("c")), Collections.nCopies(rows, TextRow.of("x".repeat(119))))
                .write(out, 1, Capabilities.DEPRECATE_EOF, ServerStatus.AUTOCOMMIT);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    @Benchmark
    public void framing() {
        query.readerIndex(0).retain();
        reader.add(query);
        reader.read(false);
    }

    /** For a client without DEPRECATE_EOF: an EOF is put in, another one takes the place of the end of rows. */
    @Benchmark
    public void pointSelectTranslated() {
        relay(pointSelectIn, pointSelect, 0);
    }

    @Benchmark
    public void pointSelectUnchanged() {
        relay(pointSelectIn, pointSelect, Capabilities.DEPRECATE_EOF);
    }

    @Benchmark
    public void thousandRowsTranslated() {
        relay(thousandRowsIn, thousandRows, 0);
    }

    @Benchmark
    public void thousandRowsUnchanged() {
        relay(thousandRowsIn, thousandRows, Capabilities.DEPRECATE_EOF);
    }

    private void relay(ByteBuf in, byte[] answer, int capabilities) {
        // Sequence ids are changed in place. This copy is a part of what is measured.
        in.clear().writeBytes(answer);
        relay.begin(Command.QUERY, capabilities, ServerStatus.AUTOCOMMIT, ResponseRelay.Mode.RELAY);
        relay.advance(in, 0);
        if (!relay.complete()) {
            throw new IllegalStateException("the answer is not whole");
        }
    }

    @Benchmark
    public StatementFacts textSeenBefore() {
        return classifier.classify(query, Packets.HEADER_BYTES + 1, query.writerIndex() - 5, dialect);
    }

    /** With a literal that was never seen: the whole text is tokenized. */
    @Benchmark
    public StatementFacts newText() {
        int rest = number++;
        for (int i = 7; i >= 0; i--) {
            query.setByte(DIGITS_AT + i, '0' + rest % 10);
            rest /= 10;
        }
        return classifier.classify(query, Packets.HEADER_BYTES + 1, query.writerIndex() - 5, dialect);
    }

    @Benchmark
    public Prologue noPrologue() {
        return Prologue.between(allocator, backend, state, false, false, profile, ReplaySwitches.ALL_ON);
    }

    @Benchmark
    public int prologueOfTwoVariables() {
        Prologue prologue =
                Prologue.between(allocator, backend, otherState, false, false, profile, ReplaySwitches.ALL_ON);
        int bytes = prologue.packets().readableBytes();
        prologue.packets().release();
        return bytes;
    }

    /** All counts of one query. */
    @Benchmark
    public void metrics() {
        metrics.command(Command.QUERY.code());
        metrics.queueWait(0);
        metrics.leaseStarted();
        metrics.bytesToBackend(40);
        metrics.bytesToClient(200);
        metrics.leaseTime(150_000);
    }

    @Override
    public boolean takesCommand() {
        return true;
    }

    @Override
    public void command(ByteBuf packet, boolean whole) {
        packet.release();
        reader.commandDone();
    }

    @Override
    public void stream(ByteBuf bytes, boolean last) {
        bytes.release();
    }

    @Override
    public void skipped() {}

    @Override
    public void payload(ByteBuf bytes, int index, int length) {}

    @Override
    public void file(ByteBuf packets, boolean last) {
        packets.release();
    }

    @Override
    public void write(ByteBuf buffer) {
        buffer.release();
    }

    @Override
    public void succeeded(OkView ok, ByteBuf buffer) {}

    @Override
    public void failed(int errorCode) {}

    @Override
    public void row(ByteBuf packet, int index, int length) {}

    @Override
    public int prepared(int backendStatementId, int parameters) {
        return backendStatementId;
    }

    @Override
    public void fileRequested() {}
}
