package io.connbudget.proxy.cli.demo.incident;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Asks the server, over an administrator's connection of its own that is opened before the load, how many connections
 * it counts, and keeps the highest numbers seen. One thread samples; the getters are safe from any thread.
 */
public final class ConnectionSampler implements AutoCloseable {
    private static final int SAMPLE_INTERVAL_MILLIS = 5;

    private final Connection administrator;
    private final String account;
    private final Statement ofAll;
    private final Thread thread;
    private volatile boolean closing;
    private volatile @Nullable SQLException failure;
    private final AtomicInteger samples = new AtomicInteger();
    private volatile int peakOfAccount;
    private volatile int peakThreadsConnected;

    private ConnectionSampler(Connection administrator, String account) throws SQLException {
        this.administrator = administrator;
        this.account = account;
        this.ofAll = administrator.createStatement();
        this.thread = new Thread(this::sampleUntilClosed, "connection-sampler");
        this.thread.setDaemon(true);
    }

    /**
     * Connects and starts to sample, as fast as the server answers.
     *
     * @param account user name whose connections are counted
     */
    public static ConnectionSampler start(String jdbcUrl, String user, String password, String account)
            throws SQLException {
        ConnectionSampler sampler =
                new ConnectionSampler(DriverManager.getConnection(jdbcUrl, user, password), account);
        sampler.sample();
        sampler.thread.start();
        return sampler;
    }

    private void sampleUntilClosed() {
        try {
            while (!closing) {
                sample();
                Thread.sleep(SAMPLE_INTERVAL_MILLIS);
            }
        } catch (SQLException e) {
            failure = e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sample() throws SQLException {
        int connections = 0;
        // Not from information_schema: MySQL fails the query when one running statement has bytes that its column
        // cannot
        // hold. A connection that is still logging in has no user yet, which Threads_connected makes up for.
        try (ResultSet list = ofAll.executeQuery("SHOW PROCESSLIST")) {
            while (list.next()) {
                if (account.equals(list.getString("User"))) {
                    connections++;
                }
            }
        }
        peakOfAccount = Math.max(peakOfAccount, connections);
        try (ResultSet status = ofAll.executeQuery("SHOW GLOBAL STATUS LIKE 'Threads_connected'")) {
            status.next();
            // Without the sampler's own connection.
            peakThreadsConnected = Math.max(peakThreadsConnected, status.getInt(2) - 1);
        }
        samples.incrementAndGet();
    }

    /** Highest number of connections of the account that the process list held at once. */
    public int peakOfAccount() {
        return peakOfAccount;
    }

    /** Highest {@code Threads_connected} seen, less the sampler's own connection: everyone else's, logins under way too. */
    public int peakThreadsConnected() {
        return peakThreadsConnected;
    }

    /** Number of samples taken. */
    public int samples() {
        return samples.get();
    }

    /**
     * Stops sampling.
     *
     * @throws SQLException if sampling had failed: the peaks then are of the time before
     */
    @Override
    public void close() throws SQLException {
        closing = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        administrator.close();
        SQLException sampling = failure;
        if (sampling != null) {
            throw sampling;
        }
    }
}
