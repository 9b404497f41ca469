package io.connbudget.proxy.lease;

import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.message.OkPacket;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Answers commands for which no lease is asked; with each the current command is done. One per client; owned by its event loop.
 */
final class DirectAnswers {
    private static final byte[] NO_INFO = new byte[0];

    private final ClientPort client;

    DirectAnswers(ClientPort client) {
        this.client = client;
    }

    void ok(ClientSession session) {
        session.last().answeredHere(true);
        ok(session, 0);
    }

    /** The answer to COM_SET_OPTION: EOF, or the OK that stands for it. */
    void eof(ClientSession session) {
        session.last().answeredHere(false);
        if (Capabilities.has(session.capabilities(), Capabilities.DEPRECATE_EOF)) {
            ok(session, 0xfe);
        } else {
            give(new byte[] {(byte) 0xfe, 0, 0, (byte) session.status(), (byte) (session.status() >> 8)});
        }
    }

    private void ok(ClientSession session, int header) {
        ByteBuf out = Unpooled.buffer(16);
        new OkPacket(header, 0, 0, session.status(), 0, NO_INFO).encode(out);
        byte[] payload = new byte[out.readableBytes()];
        out.readBytes(payload);
        give(payload);
    }

    /** An error of the proxy's own. */
    void refuse(ErrorReport report) {
        client.metrics().error(report.error());
        give(Errors.payload(report));
    }

    /** The servers' own error for LOAD DATA LOCAL by a client that does not offer files. */
    void refuseLocalData(ClientSession session, boolean mariaDb) {
        session.last().answeredError();
        give(
                mariaDb
                        ? Errors.payload(
                                4166,
                                "HY000",
                                "The used command is not allowed because the MariaDB server or client has disabled the"
                                        + " local infile capability")
                        : Errors.payload(
                                3948,
                                "42000",
                                "Loading local data is disabled; this must be enabled on both the client and server"
                                        + " sides"));
    }

    /** One packet with this payload. */
    void give(byte[] payload) {
        client.answer(payload);
        client.flush();
        client.commandDone();
    }
}
