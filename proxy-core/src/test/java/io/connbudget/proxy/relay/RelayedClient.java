package io.connbudget.proxy.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.wire.Command;
import io.connbudget.wire.ServerStatus;
import io.connbudget.wire.response.OkView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A relay between a scripted backend and a client that keeps what it gets, and checks what becomes of every buffer. */
final class RelayedClient implements ResponseRelay.Output, ResponseRelay.Observer {
    private record Written(ByteBuf buffer, byte[] then) {}

    final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    final ResponseRelay relay = new ResponseRelay(allocator, this, this);
    private final int capabilities;
    private final List<Written> written = new ArrayList<>();
    final List<String> rows = new ArrayList<>();
    /** As the session knows them. */
    int status = ServerStatus.AUTOCOMMIT;

    int succeeded;
    int failedWith;

    RelayedClient(int capabilities) {
        this.capabilities = capabilities;
    }

    void begin(Command command, boolean call) {
        relay.begin(command, capabilities, status, ResponseRelay.Mode.RELAY);
        if (call) {
            relay.mayReturnOutParameters();
        }
    }

    /** As a lease feeds it: what is left over comes again in front of the next bytes. */
    void feed(byte[] bytes, int from, int to) {
        ByteBuf in = relay.join(allocator.buffer(to - from).writeBytes(bytes, from, to - from));
        int i = relay.advance(in, in.readerIndex());
        while (relay.awaitsFile()) {
            relay.fileSent();
            i = relay.advance(in, i);
        }
        relay.keep(in, i);
        in.release();
    }

    void feed(byte[] bytes) {
        feed(bytes, 0, bytes.length);
    }

    /** All that the client got since the last call; afterwards no buffer is left anywhere. */
    byte[] take() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Written write : written) {
            assertThat(ByteBufUtil.getBytes(write.buffer()))
                    .as("bytes in the client's outbound buffer stay as they were written")
                    .isEqualTo(write.then());
            all.writeBytes(write.then());
            assertThat(write.buffer().release()).isIn(true, false);
        }
        written.clear();
        return all.toByteArray();
    }

    long heldBytes() {
        return allocator.metric().usedHeapMemory();
    }

    List<ByteBuf> writes() {
        return written.stream().map(Written::buffer).toList();
    }

    @Override
    public void write(ByteBuf buffer) {
        written.add(new Written(buffer, ByteBufUtil.getBytes(buffer)));
    }

    @Override
    public void succeeded(OkView ok, ByteBuf buffer) {
        succeeded++;
        status = ok.status();
    }

    @Override
    public void failed(int errorCode) {
        failedWith = errorCode;
    }

    @Override
    public int prepared(int backendStatementId, int parameters) {
        return backendStatementId;
    }

    @Override
    public void row(ByteBuf packet, int index, int length) {
        rows.add(packet.toString(index, length, StandardCharsets.UTF_8));
    }

    @Override
    public void fileRequested() {}
}
