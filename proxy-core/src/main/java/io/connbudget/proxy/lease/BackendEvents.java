package io.connbudget.proxy.lease;

import io.connbudget.proxy.backend.BackendConnection;
import io.connbudget.proxy.backend.BackendSink;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.relay.ResponseRelay;
import io.connbudget.wire.MalformedPacketException;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Brings what happens to a lease's backend to the client's event loop, and cuts its bytes into answers. Called on the
 * backend's event loop; everything else is done on the client's. What comes from a backend that the lease no longer has is
 * dropped.
 */
final class BackendEvents implements BackendSink {
    private static final int MOST_UNDER_WAY = 256 * 1024;
    private static final int FEW_UNDER_WAY = 64 * 1024;

    private final Lease lease;
    private final ClientPort client;
    private final RelayedAnswer answer;
    private final ResponseRelay relay;
    /**
     * Bytes on their way from the backend's event loop to the client's, which may be slower: a client's outbound buffer
     * says nothing of what has not got there.
     */
    private final AtomicInteger underWay = new AtomicInteger();

    BackendEvents(Lease lease, ClientPort client, RelayedAnswer answer) {
        this.lease = lease;
        this.client = client;
        this.answer = answer;
        this.relay = answer.relay();
    }

    @Override
    public void bytes(BackendConnection c, ByteBuf buffer) {
        if (client.eventLoop().inEventLoop()) {
            received(c, buffer);
        } else {
            int size = buffer.readableBytes();
            if (underWay.addAndGet(size) > MOST_UNDER_WAY) {
                holdUp(c);
            }
            client.eventLoop().execute(() -> {
                try {
                    received(c, buffer);
                } catch (RuntimeException | Error e) {
                    // On the backend's own event loop the channel would be told; nobody may wait here for ever.
                    c.abort();
                    throw e;
                }
                answer.flush();
                int left = underWay.addAndGet(-size);
                if (left <= FEW_UNDER_WAY && left + size > FEW_UNDER_WAY && lease.has(c)) {
                    goOn(c);
                }
            });
        }
    }

    /** The client's event loop does not keep up. On the backend's. */
    private void holdUp(BackendConnection c) {
        c.channel().config().setAutoRead(false);
        if (underWay.get() <= FEW_UNDER_WAY) {
            // It has caught up in this moment, and looked before.
            c.channel().config().setAutoRead(true);
        }
    }

    private void goOn(BackendConnection c) {
        if (client.writable() && !c.channel().config().isAutoRead()) {
            c.channel().config().setAutoRead(true);
        }
    }

    private void received(BackendConnection c, ByteBuf buffer) {
        boolean streamsUnanswered = lease.phase() == Lease.Phase.RELAYING && relay.complete();
        if (!lease.has(c) || lease.phase() == Lease.Phase.HELD || streamsUnanswered) {
            // Nothing was asked: what is in this connection belongs to nobody.
            buffer.release();
            c.abort();
            return;
        }
        ByteBuf in = relay.join(buffer);
        try {
            int left = cut(c, in);
            if (left < in.writerIndex() && lease.has(c)) {
                relay.keep(in, left);
            }
        } catch (UnservedAnswerException e) {
            lease.leaving().lost(ErrorReport.backendLost(e.reason()));
        } catch (MalformedPacketException | IndexOutOfBoundsException | NumberFormatException e) {
            if (!lease.has(c)) {
                throw e;
            }
            lease.leaving().lost(ErrorReport.backendLost("its answer broke the protocol: " + e.getMessage()));
        } finally {
            in.release();
        }
    }

    /** Gives the lease one answer after the other; returns the index of what is not whole yet. */
    private int cut(BackendConnection c, ByteBuf in) {
        int i = in.readerIndex();
        int end = in.writerIndex();
        while (i < end && lease.has(c)) {
            if (lease.phase() == Lease.Phase.SWITCHING) {
                int next = lease.switchAnswered(in, i);
                if (next == i) {
                    break;
                }
                i = next;
                continue;
            }
            i = relay.advance(in, i);
            if (!relay.complete()) {
                break;
            }
            if (i < end && !lease.moreAsked()) {
                throw new MalformedPacketException((end - i) + " bytes behind the end of a response");
            }
            lease.answered();
        }
        return i;
    }

    @Override
    public void readComplete(BackendConnection c) {
        if (client.eventLoop().inEventLoop()) {
            answer.flush();
        }
    }

    @Override
    public void closed(BackendConnection c) {
        if (client.eventLoop().inEventLoop()) {
            closedHere(c);
        } else {
            client.execute(() -> closedHere(c));
        }
    }

    private void closedHere(BackendConnection c) {
        if (lease.has(c)) {
            lease.leaving()
                    .lost(ErrorReport.backendLost(
                            lease.phase() == Lease.Phase.HELD
                                    ? "it was closed by the server, and the session lost what it had there: "
                                            + lease.session().pins()
                                    : "it was closed while a statement ran"));
        }
    }

    @Override
    public void writabilityChanged(BackendConnection c, boolean writable) {
        if (client.eventLoop().inEventLoop()) {
            writable(c, writable);
        } else {
            client.execute(() -> writable(c, writable));
        }
    }

    private void writable(BackendConnection c, boolean writable) {
        // What follows the first part of a command must not overtake it.
        if (lease.has(c) && lease.phase() == Lease.Phase.RELAYING) {
            client.backendWritable(writable);
        }
        if (writable) {
            answer.doneAfterAll();
        }
    }
}
