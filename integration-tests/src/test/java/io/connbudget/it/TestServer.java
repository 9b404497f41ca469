package io.connbudget.it;

import io.connbudget.proxy.cli.demo.EmbeddedMariaDb;
import java.io.IOException;
import java.util.List;

/** A server of a test's own, whose globals it may change. */
public final class TestServer implements AutoCloseable {
    private final EmbeddedMariaDb embedded;

    private TestServer(EmbeddedMariaDb embedded) {
        this.embedded = embedded;
    }

    /** Starts one with this {@code max_connections}. */
    public static TestServer start(int maxConnections) throws IOException {
        return new TestServer(EmbeddedMariaDb.start(maxConnections, List.of()));
    }

    public DatabaseServer server() {
        return DatabaseServers.of(embedded);
    }

    @Override
    public void close() throws IOException {
        embedded.close();
    }
}
