package io.connbudget.proxy.backend.driver;

import com.mysql.cj.jdbc.NonRegisteringDriver;
import io.connbudget.proxy.backend.BackendSettings;
import io.connbudget.proxy.backend.BackendUnavailable;
import io.connbudget.proxy.backend.PhysicalPermits;
import io.connbudget.proxy.backend.PhysicalPermits.Permit;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransientConnectionException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Opens Connector/J connections over channels that we own, each with a permit in hand. Thread-safe; every call may block. */
public final class AdoptingDataSource implements DataSource {
    private final BackendSettings settings;
    private final EventLoopGroup group;
    private final Class<? extends Channel> channelClass;
    private final PhysicalPermits permits;
    private final @Nullable SslContext sslContext;
    private final NonRegisteringDriver driver;
    /** Logged in; they leave when their permit is given back. */
    private final Map<Connection, AdoptedChannel> byConnection = new ConcurrentHashMap<>();
    /** From the TCP connect on; they leave when their permit is given back. */
    private final Set<AdoptedChannel> channels = ConcurrentHashMap.newKeySet();

    private final Map<BackendUnavailable.Kind, LongAdder> failures = new ConcurrentHashMap<>();

    private volatile boolean shutDown;
    private volatile @Nullable BackendUnavailable lastFailure;

    public AdoptingDataSource(
            BackendSettings settings,
            EventLoopGroup group,
            Class<? extends Channel> channelClass,
            PhysicalPermits permits) {
        this.settings = settings;
        this.group = group;
        this.channelClass = channelClass;
        this.permits = permits;
        this.sslContext = BackendTls.context(settings);
        try {
            this.driver = new NonRegisteringDriver();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Connection getConnection() throws SQLException {
        try {
            return connect(acquire(), null);
        } catch (SQLException e) {
            if (refusedPasswordReplaced()) {
                return connect(acquire(), null);
            }
            throw e;
        }
    }

    /** Whether the last attempt failed for its password, and there is another one by now. */
    private boolean refusedPasswordReplaced() {
        BackendUnavailable failure = lastFailure;
        return failure != null
                && failure.kind() == BackendUnavailable.Kind.ACCESS_DENIED
                && settings.password().refused();
    }

    /**
     * A connection outside the pool for a word with the server (KILL, a look at its variables), under a permit that may be the
     * reserved one. The caller closes it soon.
     *
     * @throws SQLTransientConnectionException if no permit is free
     */
    public Connection getControlConnection() throws SQLException {
        Permit permit = permits.tryAcquireControl();
        if (permit == null) {
            throw new SQLTransientConnectionException(
                    "the budget of " + permits.limit() + " connections has none left for a control connection");
        }
        return connect(permit, null);
    }

    /**
     * As {@link #getControlConnection()}, logged in as somebody else: the way to ask the database whether a password is right.
     *
     * @throws SQLException with the server's code where it refuses the login
     */
    public Connection getControlConnection(Login login) throws SQLException {
        Permit permit = permits.tryAcquireControl();
        if (permit == null) {
            throw new SQLTransientConnectionException(
                    "the budget of " + permits.limit() + " connections has none left for a control connection");
        }
        return connect(permit, login);
    }

    /**
     * An account that is not the pool's.
     *
     * @param password overwritten after use
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Login(String user, char[] password) {
        @Override
        public String toString() {
            return "Login[" + user + "]";
        }
    }

    private Connection connect(Permit permit, @Nullable Login login) throws SQLException {
        if (shutDown) {
            permit.release();
            throw new SQLTransientConnectionException("the pool is closed");
        }
        ConnectCall call = new ConnectCall(settings, group, channelClass, sslContext, permit, channels);
        ChannelSocketFactory.bind(call);
        try {
            Connection connection =
                    driver.connect(DriverProperties.url(settings), DriverProperties.of(settings, login));
            AdoptedChannel channel = call.channel();
            if (connection == null || channel == null) {
                throw new SQLException("Connector/J did not use the channel");
            }
            channel.loggedIn();
            byConnection.put(connection, channel);
            channel.gone().thenRun(() -> byConnection.remove(connection));
            if (shutDown) {
                throw new SQLTransientConnectionException("the pool is closed");
            }
            if (login == null) {
                lastFailure = null;
            }
            return connection;
        } catch (SQLException | RuntimeException e) {
            if (login == null) {
                // What is wrong with somebody else's password is no failure of the pool.
                failed(ConnectFailures.classify(settings, call, e));
            }
            call.abandon();
            throw e;
        } finally {
            ChannelSocketFactory.unbind();
        }
    }

    private Permit acquire() throws SQLException {
        try {
            Permit permit = permits.acquire(settings.connectTimeout());
            if (permit == null) {
                BackendUnavailable failure = ConnectFailures.noPermit(settings, permits);
                failed(failure);
                throw new SQLTransientConnectionException(failure.getMessage());
            }
            return permit;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLTransientConnectionException("interrupted while waiting for a permit", e);
        }
    }

    /** The channel under a physical connection of this source. */
    public AdoptedChannel channelOf(Connection physical) throws SQLException {
        AdoptedChannel channel = byConnection.get(physical);
        if (channel == null) {
            throw new SQLException("connection without a channel: closed");
        }
        return channel;
    }

    private void failed(BackendUnavailable failure) {
        failures.computeIfAbsent(failure.kind(), kind -> new LongAdder()).increment();
        lastFailure = failure;
    }

    /** Attempts that failed for this reason. */
    public long failures(BackendUnavailable.Kind kind) {
        LongAdder count = failures.get(kind);
        return count == null ? 0 : count.sum();
    }

    /** Why the last attempt failed; null if it succeeded. */
    public @Nullable BackendUnavailable lastFailure() {
        return lastFailure;
    }

    /** Refuses further connections. */
    public void shutDown() {
        shutDown = true;
    }

    /** Every channel whose permit is still held. */
    public Set<AdoptedChannel> channels() {
        return Set.copyOf(channels);
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("one account per pool");
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(PrintWriter out) {}

    /** Without effect: the settings' connect time-out holds. */
    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
        return (int) settings.connectTimeout().toSeconds();
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("not a wrapper for " + type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
