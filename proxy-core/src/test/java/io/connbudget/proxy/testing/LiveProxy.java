package io.connbudget.proxy.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.budget.BudgetPlan;
import io.connbudget.budget.ClientClass;
import io.connbudget.budget.Refusal;
import io.connbudget.proxy.backend.BackendPool;
import io.connbudget.proxy.backend.BackendSettings;
import io.connbudget.proxy.backend.BackendUnavailable;
import io.connbudget.proxy.backend.PasswordSource;
import io.connbudget.proxy.backend.PhysicalPermits;
import io.connbudget.proxy.backend.ServerProbe;
import io.connbudget.proxy.backend.SslMode;
import io.connbudget.proxy.config.AccountConfig;
import io.connbudget.proxy.config.ConfigLoader;
import io.connbudget.proxy.config.DoorConfig;
import io.connbudget.proxy.config.FrontendConfig;
import io.connbudget.proxy.config.FrontendTlsConfig;
import io.connbudget.proxy.config.Handoff;
import io.connbudget.proxy.config.PassThroughConfig;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.frontend.Frontend;
import io.connbudget.proxy.identity.Identity;
import io.connbudget.proxy.lease.BackendKill;
import io.connbudget.proxy.lease.ClientRegistry;
import io.connbudget.proxy.lease.DeskSettings;
import io.connbudget.proxy.lease.LeaseContext;
import io.connbudget.proxy.lease.LeaseDesk;
import io.connbudget.proxy.lease.SessionEvents;
import io.connbudget.proxy.metrics.ProxyMetrics;
import io.connbudget.proxy.net.Transports;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.ConnectionCharset;
import io.connbudget.proxy.session.PreparedAnswers;
import io.connbudget.proxy.session.ReplaySwitches;
import io.connbudget.proxy.session.SchemaDefinitions;
import io.connbudget.proxy.session.ServerProfile;
import io.connbudget.wire.Command;
import io.connbudget.wire.ServerStatus;
import io.connbudget.wire.message.ErrPacket;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A proxy of its real parts, with a look at the counts inside. */
public final class LiveProxy implements AutoCloseable, SessionEvents {
    /** What a test chooses. */
    public static final class Options {
        int eventLoops = 1;
        int queueLength = 10_000;
        Duration queueTimeout = Duration.ofSeconds(15);
        Duration linger = Duration.ofMillis(100);
        Duration handshakeTimeout = Duration.ofSeconds(10);
        int maxUnauthenticated = 1000;
        Handoff handoff = Handoff.TRANSACTION;
        List<ClientClass> classes = List.of();
        List<AccountConfig> accounts = List.of();
        PassThroughConfig passThrough =
                new PassThroughConfig(PassThroughConfig.Mode.OFF, Duration.ofMinutes(5), 10_000);
        DoorConfig door = new DoorConfig(500, 10, Duration.ofSeconds(1), null);
        SslMode backendTls = SslMode.DISABLED;
        FrontendTlsConfig tls = FrontendTlsConfig.of(FrontendTlsConfig.Mode.OFF, null, null);

        public Options eventLoops(int value) {
            eventLoops = value;
            return this;
        }

        public Options queue(int length, Duration timeout) {
            queueLength = length;
            queueTimeout = timeout;
            return this;
        }

        public Options linger(Duration value) {
            linger = value;
            return this;
        }

        public Options login(Duration timeout, int clients) {
            handshakeTimeout = timeout;
            maxUnauthenticated = clients;
            return this;
        }

        /** Client classes with their rules, beside the default one. */
        public Options classes(ClientClass... value) {
            classes = List.of(value);
            return this;
        }

        public Options eager() {
            handoff = Handoff.EAGER;
            return this;
        }

        public Options accounts(AccountConfig... value) {
            accounts = List.of(value);
            return this;
        }

        public Options accounts(List<AccountConfig> value) {
            accounts = List.copyOf(value);
            return this;
        }

        public Options tls(FrontendTlsConfig value) {
            tls = value;
            return this;
        }

        public Options passThrough(Duration life) {
            passThrough = new PassThroughConfig(PassThroughConfig.Mode.ON, life, 10_000);
            return this;
        }

        public Options door(DoorConfig value) {
            door = value;
            return this;
        }

        public Options backendTls(SslMode value) {
            backendTls = value;
            return this;
        }

        public Options tls(FrontendTlsConfig.Mode mode, Path certificate, Path key) {
            tls = FrontendTlsConfig.of(mode, certificate, key);
            return this;
        }
    }

    public final LeaseDesk desk;
    public final ClientRegistry clients = new ClientRegistry();
    public final BackendPool pool;
    public final PhysicalPermits permits;
    public final int budget;
    public final Frontend frontend;
    public final Identity identity;
    public final Queue<String> events = new ConcurrentLinkedQueue<>();
    private final EventLoopGroup group;
    private final InetSocketAddress address;
    private final String user;
    private final String password;
    private volatile LeaseContext leases;

    /** In front of a mock. */
    public LiveProxy(MockDatabase database, int budget, Options options) throws Exception {
        this("127.0.0.1", database.port(), "root", "secret", SslMode.DISABLED, budget, options);
        leases = context(
                new ServerProfile(
                        ScriptedServer.VERSION,
                        Map.of(45, ConnectionCharset.of(45, "utf8mb4", "utf8mb4_general_ci")),
                        45,
                        ConnectionCharset.of(45, "utf8mb4", "utf8mb4_general_ci"),
                        "",
                        ServerStatus.AUTOCOMMIT,
                        List.of(),
                        Map.of(),
                        "SET @@session.session_track_schema=1"),
                options);
    }

    /** In front of a real server. */
    public LiveProxy(TestServers server, int budget, Options options) throws Exception {
        this(server.host(), server.port(), server.user(), server.password(), options.backendTls, budget, options);
        ServerProbe probe = pool.control(ServerProbe::read);
        Map<Integer, ConnectionCharset> collations = new HashMap<>();
        probe.collations()
                .forEach(c -> collations.put(c.id(), ConnectionCharset.of(c.id(), c.characterSet(), c.name())));
        leases = context(
                ServerProfile.of(
                        probe.version(),
                        probe.sessionVariables(),
                        collations,
                        45,
                        collations.get(45),
                        probe.sqlMode(),
                        probe.autocommit(),
                        probe.globalVariables()),
                options);
    }

    private LiveProxy(String host, int port, String user, String password, SslMode ssl, int budget, Options options)
            throws Exception {
        this.budget = budget;
        this.user = user;
        this.password = password;
        Transports transport = Transports.best();
        group = transport.newGroup(options.eventLoops, "live");
        // One more for the probe and for KILL, as in a real proxy.
        permits = new PhysicalPermits(budget + 1, 1);
        pool = new BackendPool(
                new BackendSettings(
                        host,
                        port,
                        user,
                        PasswordSource.of(password),
                        ssl,
                        null,
                        budget,
                        0,
                        Duration.ofSeconds(5),
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ofSeconds(3)),
                group,
                transport.socketChannel(),
                permits,
                null);
        desk = new LeaseDesk(
                new BudgetPlan(
                        budget,
                        50_000,
                        Stream.concat(
                                        options.classes.stream(),
                                        Stream.of(ClientClass.defaults(ClientClass.DEFAULT_NAME)
                                                        .withQueueLength(options.queueLength)
                                                        .withQueueTimeout(options.queueTimeout))
                                                .filter(c ->
                                                        options.classes.stream().noneMatch(ClientClass::isDefault)))
                                .toList()),
                budget,
                pool,
                new DeskSettings(
                        options.linger,
                        Duration.ofSeconds(30),
                        Duration.ofMinutes(5),
                        options.queueTimeout,
                        options.handoff == Handoff.EAGER),
                group.next());
        ProxyConfig config = config(options);
        identity = new Identity(config, (name, secret) -> pool.checkPassword(name, secret));
        frontend = new Frontend(config, group, transport, new ProxyMetrics(), identity, () -> leases, () -> null);
        address = frontend.listen(new InetSocketAddress("127.0.0.1", 0));
    }

    private ProxyConfig config(Options options) throws Exception {
        Path file = Files.createTempFile("connbudget", ".yaml");
        ProxyConfig base;
        try {
            Files.writeString(file, """
                    backend: {address: "127.0.0.1:1", user: %s, password: %s}
                    budget: {max-connections: %d}
                    """.formatted(user, password, budget));
            base = new ConfigLoader(Map.of()).load(file, Map.of()).config();
        } finally {
            Files.delete(file);
        }
        FrontendConfig frontendConfig = new FrontendConfig(
                options.handshakeTimeout,
                options.maxUnauthenticated,
                50_000,
                base.frontend().maxPacketBytes(),
                options.tls,
                options.door,
                options.passThrough);
        return new ProxyConfig(
                base.listen(),
                null,
                null,
                options.eventLoops,
                base.transport(),
                options.handoff,
                base.backend(),
                base.budget(),
                options.accounts,
                base.admin(),
                frontendConfig,
                base.session(),
                base.drainTimeout(),
                base.log());
    }

    private LeaseContext context(ServerProfile profile, Options options) {
        return new LeaseContext(
                desk,
                profile,
                identity.backendLogins(),
                "test",
                options.handoff,
                () -> 100,
                new PreparedAnswers(),
                new SchemaDefinitions(),
                ReplaySwitches.ALL_ON,
                clients,
                this::kill,
                this);
    }

    private void kill(long id, boolean queryOnly, BackendKill.Outcome outcome) {
        Thread thread = new Thread(() -> {
            try {
                pool.control(connection -> {
                    try (var statement = connection.createStatement()) {
                        return statement.execute((queryOnly ? "KILL QUERY " : "KILL ") + id);
                    }
                });
                outcome.done(null);
            } catch (BackendUnavailable e) {
                outcome.done(e.getMessage());
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    public int port() {
        return address.getPort();
    }

    public RawClient client() throws IOException {
        return RawClient.login(port(), user, password, null);
    }

    public RawClient client(String schema) throws IOException {
        return RawClient.login(port(), user, password, schema);
    }

    /** Waits until nobody has or wants a backend, then uses the whole budget at once: nothing may have been lost. */
    public void awaitWhole() throws IOException {
        Eventually.await(
                "no permit in use, nobody waiting; in use " + desk.inUse() + ", waiting " + desk.waiting(),
                () -> desk.inUse() == 0 && desk.waiting() == 0);
        List<RawClient> burst = new ArrayList<>();
        try {
            for (int i = 0; i < budget; i++) {
                RawClient client = client();
                burst.add(client);
                client.sendQuery("BEGIN");
            }
            for (RawClient client : burst) {
                RawClient.Answer answer = client.answer();
                assertThat(answer.error()).as(answer.message()).isZero();
            }
            for (int i = 0; i < budget; i++) {
                assertThat(burst.get(i).query("SELECT " + (1000 + i)).value()).isEqualTo(String.valueOf(1000 + i));
            }
            assertThat(desk.inUse()).isEqualTo(budget);
            assertThat(pool.relaying()).isEqualTo(budget);
            for (RawClient client : burst) {
                assertThat(client.query("COMMIT").error()).isZero();
            }
        } finally {
            for (RawClient client : burst) {
                client.close();
            }
        }
        Eventually.await("the burst has ended", () -> desk.inUse() == 0 && desk.waiting() == 0);
        assertThat(permits.held()).isLessThanOrEqualTo(budget + 1);
    }

    @Override
    public void refused(ClientSession session, Refusal refusal) {
        events.add("refused " + refusal.message());
    }

    @Override
    public void prologueFailed(ClientSession session, Command step, ErrPacket error) {
        events.add("prologue " + step + " " + error);
    }

    @Override
    public void pinned(ClientSession session, String statement) {}

    @Override
    public void lost(ClientSession session, ErrorReport report) {
        events.add("lost " + report.message());
    }

    @Override
    public void reclaimed(ClientSession session, Refusal refusal) {
        events.add("reclaimed " + refusal.message());
    }

    @Override
    public void close() {
        frontend.close();
        identity.close();
        pool.close();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
    }
}
