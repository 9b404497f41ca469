package io.connbudget.proxy.backend.driver;

import com.mysql.cj.jdbc.NonRegisteringDriver;
import io.connbudget.proxy.backend.BackendHost;
import io.connbudget.proxy.backend.BackendSettings;
import io.connbudget.proxy.backend.BackendUnavailable;
import io.connbudget.proxy.backend.PhysicalPermits;
import io.connbudget.proxy.backend.PhysicalPermits.Permit;
import io.connbudget.proxy.backend.ReadOnlyServer;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Opens Connector/J connections over channels that we own, each with a permit in hand. Thread-safe; every call may block. */
public final class AdoptingDataSource implements DataSource {
    /** Pauses between two attempts to reach a database that is away; the first and the longest. */
    private static final long FIRST_PAUSE_MILLIS = 10;

    private static final long LONGEST_PAUSE_MILLIS = 250;

    /** A connection that is logged in. */
    private record Opened(AdoptedChannel channel, BackendHost host) {
        /** Neither side has begun to close it. */
        boolean alive() {
            return channel.phase() != PhysicalPermits.Phase.CLOSING
                    && channel.channel().isActive();
        }
    }

    private record Outage(long sinceNanos) {}

    private final BackendSettings settings;
    private final EventLoopGroup group;
    private final Class<? extends Channel> channelClass;
    private final PhysicalPermits permits;
    private final @Nullable SslContext sslContext;
    private final NonRegisteringDriver driver;
    /** Logged in; they leave when their permit is given back. */
    private final Map<Connection, Opened> byConnection = new ConcurrentHashMap<>();
    /** From the TCP connect on; they leave when their permit is given back. */
    private final Set<AdoptedChannel> channels = ConcurrentHashMap.newKeySet();

    private final Map<BackendUnavailable.Kind, LongAdder> failures = new ConcurrentHashMap<>();

    private final HostChoice choice;
    /** A host whose last connection was refused for being read-only: those that it has open do not count. */
    private volatile @Nullable BackendHost readOnly;
    /** Since when every attempt has failed; null: the last one succeeded. */
    private volatile @Nullable Outage outage;

    private volatile boolean shutDown;
    private volatile @Nullable BackendUnavailable lastFailure;

    public AdoptingDataSource(
            BackendSettings settings,
            EventLoopGroup group,
            Class<? extends Channel> channelClass,
            PhysicalPermits permits) {
        this.settings = settings;
        this.choice = new HostChoice(settings.hosts());
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

    /**
     * A connection for the pool. While no host can be reached it tries again and again, since HikariCP's own pauses grow to ten
     * seconds, in which clients would wait for a database that is back.
     */
    @Override
    public Connection getConnection() throws SQLException {
        long pauseMillis = FIRST_PAUSE_MILLIS;
        while (true) {
            try {
                return connect(this::acquire, null);
            } catch (SQLException e) {
                BackendUnavailable failure = lastFailure;
                if (shutDown || failure == null || !failure.outOfReach()) {
                    if (refusedPasswordReplaced()) {
                        return connect(this::acquire, null);
                    }
                    throw e;
                }
                pause(pauseMillis, e);
                pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, 2 * pauseMillis);
            }
        }
    }

    private static void pause(long millis, SQLException cause) throws SQLException {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLTransientConnectionException("interrupted while the database is out of reach", cause);
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
        return connect(this::acquireControl, null);
    }

    /**
     * As {@link #getControlConnection()}, logged in as somebody else: the way to ask the database whether a password is right.
     *
     * @throws SQLException with the server's code where it refuses the login
     */
    public Connection getControlConnection(Login login) throws SQLException {
        return connect(this::acquireControl, login);
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

    /** Where the permit of an attempt comes from. */
    private interface PermitSource {
        Permit take() throws SQLException;
    }

    /** Connects to the host of the pool, or, where that one is out of reach, to the first of the others that can be reached. */
    private Connection connect(PermitSource source, @Nullable Login login) throws SQLException {
        BackendHost host = choice.current();
        ConnectCall call = call(host, source.take());
        try {
            return connect(call, login);
        } catch (SQLException e) {
            // The password of somebody else is known once only, and overwritten by the attempt.
            if (login != null || !mayLeave(call)) {
                throw e;
            }
            for (BackendHost next : choice.after(host)) {
                try {
                    return connect(call(next, source.take()), null);
                } catch (SQLException another) {
                    e.addSuppressed(another);
                }
            }
            throw e;
        }
    }

    private ConnectCall call(BackendHost host, Permit permit) {
        return new ConnectCall(settings, host, group, channelClass, sslContext, permit, channels);
    }

    /** Whether the attempt shows that its host does not serve: one that has a connection open does, unless it is read-only. */
    private boolean mayLeave(ConnectCall call) {
        BackendUnavailable why = call.failure();
        return why != null && why.outOfReach() && !serves(call.host);
    }

    private boolean serves(BackendHost host) {
        return !host.equals(readOnly)
                && byConnection.values().stream()
                        .anyMatch(opened -> opened.host().equals(host) && opened.alive());
    }

    private Connection connect(ConnectCall call, @Nullable Login login) throws SQLException {
        if (shutDown) {
            call.permit.release();
            throw new SQLTransientConnectionException("the pool is closed");
        }
        ChannelSocketFactory.bind(call);
        try {
            Connection connection =
                    driver.connect(DriverProperties.url(call.host), DriverProperties.of(settings, login));
            AdoptedChannel channel = call.channel();
            if (connection == null || channel == null) {
                throw new SQLException("Connector/J did not use the channel");
            }
            if (login == null && settings.refuseReadOnly()) {
                // While the limit of the login holds: a server that does not answer would keep this thread.
                refuseReadOnly(connection, call.host);
            }
            channel.loggedIn();
            register(connection, channel, call);
            channel.gone().thenRun(() -> byConnection.remove(connection));
            if (shutDown) {
                throw new SQLTransientConnectionException("the pool is closed");
            }
            if (login == null) {
                lastFailure = null;
                outage = null;
            }
            return connection;
        } catch (SQLException | RuntimeException e) {
            BackendUnavailable why = ConnectFailures.classify(call, e);
            call.failed(why);
            if (login == null) {
                // What is wrong with somebody else's password is no failure of the pool.
                failed(why);
            }
            call.abandon();
            throw e;
        } finally {
            ChannelSocketFactory.unbind();
        }
    }

    private void refuseReadOnly(Connection connection, BackendHost host) throws SQLException {
        if (ReadOnlyServer.is(connection)) {
            if (host.equals(choice.current())) {
                readOnly = host;
            }
            throw new ReadOnlyServer.Refused();
        }
        if (host.equals(readOnly)) {
            readOnly = null;
        }
    }

    /** Takes the connection up, and moves the pool to its host where it is the first one there. */
    private synchronized void register(Connection connection, AdoptedChannel channel, ConnectCall call)
            throws SQLException {
        BackendHost current = choice.current();
        if (!call.host.equals(current)) {
            if (serves(current)) {
                throw new SQLTransientConnectionException("the pool's connections go to " + current);
            }
            choice.move(call.host);
        }
        byConnection.put(connection, new Opened(channel, call.host));
    }

    private Permit acquireControl() throws SQLException {
        Permit permit = permits.tryAcquireControl();
        if (permit == null) {
            throw new SQLTransientConnectionException(
                    "the budget of " + permits.limit() + " connections has none left for a control connection");
        }
        return permit;
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
        Opened opened = byConnection.get(physical);
        if (opened == null) {
            throw new SQLException("connection without a channel: closed");
        }
        return opened.channel();
    }

    private void failed(BackendUnavailable failure) {
        failures.computeIfAbsent(failure.kind(), kind -> new LongAdder()).increment();
        lastFailure = failure;
        if (outage == null && failure.kind() != BackendUnavailable.Kind.TIMEOUT) {
            outage = new Outage(System.nanoTime());
        }
    }

    /** How long no connection could be made while none is open, nanoseconds; 0 while one is. Any thread. */
    public long outOfReachNanos() {
        Outage since = outage;
        return since == null || byConnection.values().stream().anyMatch(Opened::alive)
                ? 0
                : Math.max(1, System.nanoTime() - since.sinceNanos());
    }

    /** Where new connections go to. Any thread. */
    public BackendHost host() {
        return choice.current();
    }

    /** Has each move to another host told, from and to, on the thread that connects. */
    public void onMove(BiConsumer<BackendHost, BackendHost> listener) {
        choice.onMove(listener);
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
