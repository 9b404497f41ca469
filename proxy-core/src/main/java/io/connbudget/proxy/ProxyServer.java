package io.connbudget.proxy;

import io.connbudget.proxy.backend.AccountRefused;
import io.connbudget.proxy.backend.BackendPool;
import io.connbudget.proxy.backend.BackendUnavailable;
import io.connbudget.proxy.backend.PhysicalPermits;
import io.connbudget.proxy.backend.ServerProbe;
import io.connbudget.proxy.capacity.Backends;
import io.connbudget.proxy.capacity.BudgetControl;
import io.connbudget.proxy.capacity.BudgetPlans;
import io.connbudget.proxy.capacity.PoolTarget;
import io.connbudget.proxy.cli.ProxyHost;
import io.connbudget.proxy.cli.ProxyLifecycle;
import io.connbudget.proxy.config.BudgetConfig;
import io.connbudget.proxy.config.Handoff;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.config.Transport;
import io.connbudget.proxy.frontend.Frontend;
import io.connbudget.proxy.identity.Identity;
import io.connbudget.proxy.lease.ClientRegistry;
import io.connbudget.proxy.lease.DeskSettings;
import io.connbudget.proxy.lease.LeaseContext;
import io.connbudget.proxy.lease.LeaseDesk;
import io.connbudget.proxy.metrics.ProxyMetrics;
import io.connbudget.proxy.net.Transports;
import io.connbudget.proxy.operate.ProxyControl;
import io.connbudget.proxy.operate.ProxyView;
import io.connbudget.proxy.session.ConnectionCharset;
import io.connbudget.proxy.session.PinReason;
import io.connbudget.proxy.session.PreparedAnswers;
import io.connbudget.proxy.session.ReplaySwitches;
import io.connbudget.proxy.session.SchemaDefinitions;
import io.connbudget.proxy.session.ServerProfile;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The composition root: makes the parts of a proxy from its configuration, starts and ends them.
 *
 * <p>Start does not wait for the database: until it was reached once, clients are told that it is unreachable.
 */
public final class ProxyServer implements ProxyLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyServer.class);

    /** For the error that ends a client to go out. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    private static final Duration PROBE_RETRY = Duration.ofMillis(500);

    private final ProxyConfig config;
    private final ReplaySwitches switches;
    private final EventLoopGroup group;
    private final Identity identity;
    private final BackendPool pool;
    private final PhysicalPermits permits;
    private final LeaseDesk desk;
    private final BudgetControl budgetControl;
    private final Frontend frontend;
    private final Operations operations;
    private final DatabaseWatch watch;
    private final ClientRegistry clients = new ClientRegistry();
    private final ScheduledExecutorService control =
            Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("control", true));
    private volatile @Nullable LeaseContext leases;
    private volatile @Nullable InetSocketAddress address;
    /** What the database says while it has no room for the first connection; else null. */
    private volatile @Nullable String databaseFull;
    /** Until the database was reached for the first time: why not. */
    private volatile String notReached = "starting";
    /** Once the proxy has begun to end: how far it is. */
    private volatile String ending = "";

    public ProxyServer(ProxyConfig config, ProxyMetrics metrics) {
        this(config, metrics, ReplaySwitches.ALL_ON);
    }

    /** One that may leave out rules of replay, to show that tests find it. */
    public ProxyServer(ProxyConfig config, ProxyMetrics metrics, ReplaySwitches switches) {
        this.switches = switches;
        this.config = config;
        Transports transport = transport(config.transport());
        this.group = transport.newGroup(config.effectiveEventLoops(), "connbudget");
        int budget = BudgetControl.initial(config);
        // One connection of the budget is kept for KILL and the like, where there is more than one.
        int leasable = BudgetConfig.leasable(budget);
        this.permits = new PhysicalPermits(budget, budget - leasable);
        this.identity = new Identity(config, this::checkPassword);
        this.pool = new BackendPool(
                Backends.settings(config.backend(), leasable, identity.poolPasswordSource()),
                group,
                transport.socketChannel(),
                permits,
                metrics.registry());
        this.desk = new LeaseDesk(
                BudgetPlans.of(config, leasable),
                leasable,
                pool,
                new DeskSettings(
                        config.backend().linger(),
                        config.backend().maxLease(),
                        config.backend().maxLifetime(),
                        config.budget().queueTimeout(),
                        config.handoff() == Handoff.EAGER),
                group.next());
        this.budgetControl = new BudgetControl(config, new PoolTarget(config, permits, pool, desk));
        this.frontend = new Frontend(config, group, transport, metrics, identity, () -> leases, () -> databaseFull);
        this.operations = new Operations(
                config,
                pool,
                permits,
                desk,
                budgetControl,
                identity,
                frontend,
                clients,
                metrics,
                this::databaseVersion);
        this.watch = new DatabaseWatch(operations::config, pool, desk, budgetControl, operations.events(), control);
        pool.onMove(watch::moved);
        register(metrics);
    }

    private static Transports transport(Transport wanted) {
        return switch (wanted) {
            case AUTO -> Transports.best();
            case EPOLL -> Transports.EPOLL;
            case NIO -> Transports.NIO;
        };
    }

    private void register(ProxyMetrics metrics) {
        metrics.registerWaiters(desk::waiting);
        metrics.registerBudget(permits::limit);
        Map<String, IntSupplier> states = new LinkedHashMap<>();
        states.put("connecting", pool::connecting);
        states.put("idle", () -> pool.driverOwned() + desk.warm());
        states.put("leased", () -> Math.max(0, pool.relaying() - desk.warm()));
        states.put("closing", pool::closing);
        metrics.registerBackends(states);
        Map<String, IntSupplier> pins = new LinkedHashMap<>();
        for (PinReason reason : PinReason.values()) {
            pins.put(reason.label(), () -> (int) clients.all().stream()
                    .filter(client -> client.lease().pinReason() == reason)
                    .count());
        }
        metrics.registerPinnedSessions(pins);
    }

    @Override
    public void start() throws InterruptedException {
        address = frontend.listen(config.listen().resolve());
        operations.start();
        control.execute(this::probe);
    }

    private String databaseVersion() {
        LeaseContext known = leases;
        return known == null ? "" : known.profile().version();
    }

    @Override
    public ProxyView view() {
        return operations.view();
    }

    @Override
    public ProxyControl control(ProxyHost host) {
        return operations.control(host);
    }

    @Override
    public ProxyConfig config(ProxyConfig started) {
        return operations.config();
    }

    /** Reads what the proxy must know of the server; tries again until the database answers. */
    private void probe() {
        try {
            ServerProfile profile = profile(pool.control(this::read));
            leases = new LeaseContext(
                    desk,
                    profile,
                    identity.backendLogins(),
                    config.backend().address().toString(),
                    config.handoff(),
                    () -> Math.max(1, config.session().backendPreparedStatements() / permits.limit()),
                    new PreparedAnswers(),
                    new SchemaDefinitions(),
                    switches,
                    clients,
                    this::kill,
                    new LoggedEvents(operations.events()));
            notReached = "";
            databaseFull = null;
            budgetControl.reached();
            frontend.databaseReached();
            LOG.info("database reached version={} address={}", profile.version(), pool.host());
            watch.start();
        } catch (BackendUnavailable e) {
            String reason = String.valueOf(e.getMessage());
            databaseFull = e.kind() == BackendUnavailable.Kind.REFUSED_BY_SERVER ? reason : null;
            notYet(reason);
        } catch (RuntimeException e) {
            // A database that answers what no database of the two kinds does; another may be behind the name next time.
            databaseFull = null;
            notYet("the database's answers are not understood: " + e);
        }
    }

    private void notYet(String reason) {
        if (!reason.equals(notReached)) {
            // Once for each reason, not for each attempt.
            LOG.warn("database not reached: {}", reason);
        }
        notReached = reason;
        control.schedule(this::probe, PROBE_RETRY.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void checkPassword(String user, char[] password) throws BackendUnavailable, AccountRefused {
        pool.checkPassword(user, password);
    }

    /** Reads all over one connection: the permit of one that was closed is not free at once. */
    private ServerProbe read(Connection connection) throws SQLException {
        ServerProbe probe = ServerProbe.read(connection);
        if (operations.config().budget().discovers()) {
            watch.read(connection);
        }
        return probe;
    }

    private ServerProfile profile(ServerProbe probe) {
        Map<Integer, ConnectionCharset> collations = new HashMap<>();
        int defaultId = 45;
        for (ServerProbe.Collation c : probe.collations()) {
            collations.put(c.id(), ConnectionCharset.of(c.id(), c.characterSet(), c.name()));
            if (c.name().equals(probe.defaultCollation())) {
                defaultId = c.id();
            }
        }
        ServerProfile profile = ServerProfile.of(
                probe.version(),
                probe.sessionVariables(),
                Map.copyOf(collations),
                defaultId,
                Objects.requireNonNull(collations.get(defaultId)),
                probe.sqlMode(),
                probe.autocommit(),
                probe.globalVariables());
        return switches.observing() ? profile : profile.untracked();
    }

    private void kill(
            long backendConnectionId, boolean queryOnly, io.connbudget.proxy.lease.BackendKill.Outcome outcome) {
        try {
            control.execute(() -> {
                try {
                    pool.control(connection -> {
                        try (var statement = connection.createStatement()) {
                            return statement.execute((queryOnly ? "KILL QUERY " : "KILL ") + backendConnectionId);
                        }
                    });
                    outcome.done(null);
                } catch (BackendUnavailable e) {
                    outcome.done(e.getMessage());
                }
            });
        } catch (RejectedExecutionException e) {
            outcome.done("the proxy is shutting down");
        }
    }

    @Override
    public InetSocketAddress clientAddress() {
        InetSocketAddress bound = address;
        if (bound == null) {
            throw new IllegalStateException("not started");
        }
        return bound;
    }

    @Override
    public Optional<String> notReadyReason() {
        if (!ending.isEmpty()) {
            return Optional.of(ending);
        }
        if (!notReached.isEmpty()) {
            return Optional.of(notReached);
        }
        return watch.outOfReach();
    }

    /**
     * Puts the budget, classes and rules of another configuration in force; nobody loses a backend or a place in the queue.
     * Any thread.
     */
    public void reloadBudget(ProxyConfig value) {
        budgetControl.reload(value, System.nanoTime());
    }

    /** Physical connections as the database may count them. */
    public int physicalConnections() {
        return permits.held();
    }

    @Override
    public void drain(Duration deadline) throws InterruptedException {
        ending = "draining";
        frontend.drain();
        desk.drain();
        awaitNoClients(deadline);
        if (frontend.size() > 0) {
            frontend.endDrain();
            awaitNoClients(LAST_WORDS);
        }
    }

    private void awaitNoClients(Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (frontend.size() > 0 && System.nanoTime() - end < 0) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    @Override
    public void close() {
        ending = "closed";
        control.shutdownNow();
        identity.close();
        operations.close();
        frontend.close();
        pool.close();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
