package io.connbudget.proxy;

import static java.util.Comparator.comparingLong;

import io.connbudget.budget.ClientClass;
import io.connbudget.budget.Snapshot;
import io.connbudget.budget.Snapshot.ClassSnapshot;
import io.connbudget.proxy.backend.BackendFacts;
import io.connbudget.proxy.backend.BackendPool;
import io.connbudget.proxy.backend.PhysicalPermits;
import io.connbudget.proxy.config.AccountConfig;
import io.connbudget.proxy.config.AdminAccount;
import io.connbudget.proxy.config.ConfigValues;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.lease.ClientFacts;
import io.connbudget.proxy.lease.Lease;
import io.connbudget.proxy.lease.LeaseDesk;
import io.connbudget.proxy.operate.AccountRow;
import io.connbudget.proxy.operate.ClassRow;
import io.connbudget.proxy.operate.ClientRow;
import io.connbudget.proxy.operate.ConfigRow;
import io.connbudget.proxy.operate.EventRow;
import io.connbudget.proxy.operate.HolderRow;
import io.connbudget.proxy.operate.ListRow;
import io.connbudget.proxy.operate.PinRow;
import io.connbudget.proxy.operate.PoolRow;
import io.connbudget.proxy.operate.ProxyView;
import io.connbudget.proxy.operate.SampleRow;
import io.connbudget.proxy.operate.ServerRow;
import io.connbudget.proxy.operate.StatsRow;
import io.connbudget.proxy.operate.VersionRow;
import io.connbudget.proxy.operate.WaiterRow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The read model of a running proxy. */
final class LiveView implements ProxyView {
    private static final long MICROS = 1_000_000;

    private final Supplier<ProxyConfig> config;
    private final BackendPool pool;
    private final PhysicalPermits permits;
    private final LeaseDesk desk;
    private final ClientSurvey survey;
    private final Sampler sampler;
    private final EventLog events;
    private final ClassOverrides overrides;
    private final Supplier<String> databaseVersion;

    LiveView(
            Supplier<ProxyConfig> config,
            BackendPool pool,
            PhysicalPermits permits,
            LeaseDesk desk,
            ClientSurvey survey,
            Sampler sampler,
            EventLog events,
            ClassOverrides overrides,
            Supplier<String> databaseVersion) {
        this.config = config;
        this.pool = pool;
        this.permits = permits;
        this.desk = desk;
        this.survey = survey;
        this.sampler = sampler;
        this.events = events;
        this.overrides = overrides;
        this.databaseVersion = databaseVersion;
    }

    @Override
    public List<PoolRow> pools() {
        Snapshot budget = desk.snapshot();
        long oldest = budget.classes().stream()
                        .mapToLong(ClassSnapshot::oldestWaitNanos)
                        .max()
                        .orElse(0)
                / 1000;
        List<ClientFacts> busy = busy();
        int warm = desk.warm();
        return List.of(new PoolRow(
                pool.host().toString(),
                config.get().backend().user(),
                (int) busy.stream().filter(client -> client.backendId() != 0).count(),
                budget.waiting(),
                (int) busy.stream().filter(LiveView::pinned).count(),
                Math.max(0, pool.relaying() - warm),
                pool.driverOwned() + warm,
                pool.connecting(),
                pool.closing(),
                oldest / MICROS,
                oldest % MICROS,
                config.get().handoff().name().toLowerCase(Locale.ROOT),
                permits.limit(),
                desk.leasable(),
                permits.held(),
                desk.paused()));
    }

    private List<ClientFacts> busy() {
        return survey.clients(client -> client.lease().phase() != Lease.Phase.FREE);
    }

    private static boolean pinned(ClientFacts client) {
        return client.backendId() != 0 && !client.pins().isEmpty();
    }

    @Override
    public List<ClientRow> clients() {
        long now = System.nanoTime();
        return survey.clients(client -> true).stream()
                .sorted(comparingLong(ClientFacts::id))
                .map(client -> clientRow(client, now))
                .toList();
    }

    private static ClientRow clientRow(ClientFacts client, long now) {
        boolean waits = client.phase() == Lease.Phase.WAITING;
        long wait = waits ? (now - client.requestedNanos()) / 1000 : 0;
        return new ClientRow(
                client.id(),
                client.user(),
                client.schema() == null ? "" : client.schema(),
                client.clientClass(),
                switch (client.phase()) {
                    case FREE -> "idle";
                    case WAITING -> "waiting";
                    case HELD -> "held";
                    default -> "active";
                },
                ClientNames.address(client),
                client.address() == null ? 0 : client.address().getPort(),
                Moments.of(client.connectedNanos(), now),
                client.beganNanos() == 0 ? "" : Moments.of(client.beganNanos(), now),
                wait / MICROS,
                wait % MICROS,
                client.backendId() == 0 ? null : client.backendId(),
                ClientNames.process(client),
                ClientNames.program(client),
                client.encrypted(),
                ClientNames.pins(client),
                client.digest());
    }

    @Override
    public List<ServerRow> servers() {
        long now = System.nanoTime();
        Map<Long, Long> holders = new HashMap<>();
        busy().forEach(client -> holders.put(client.backendId(), client.id()));
        return pool.connections().stream()
                .sorted(comparingLong(BackendFacts::serverId))
                .map(backend -> serverRow(backend, holders.get(backend.serverId()), now))
                .toList();
    }

    private ServerRow serverRow(BackendFacts backend, @Nullable Long holder, long now) {
        return new ServerRow(
                config.get().backend().user(),
                switch (backend.phase()) {
                    case CONNECTING -> "login";
                    case DRIVER_OWNED -> "idle";
                    case RELAYING -> holder == null ? "warm" : "active";
                    case CLOSING -> "closing";
                },
                backend.host(),
                backend.port(),
                Moments.of(backend.openedNanos(), now),
                (now - backend.openedNanos()) / 1_000_000_000L,
                backend.serverId() == 0 ? null : holder,
                backend.serverId(),
                backend.encrypted());
    }

    @Override
    public List<ClassRow> classes() {
        return desk.snapshot().classes().stream().map(this::classRow).toList();
    }

    private ClassRow classRow(ClassSnapshot each) {
        ClientClass limits = each.limits();
        long oldest = each.oldestWaitNanos() / 1000;
        return new ClassRow(
                limits.name(),
                each.clients(),
                each.inUse(),
                each.pinned(),
                each.idle(),
                each.waiting(),
                oldest / MICROS,
                oldest % MICROS,
                limits.guaranteed(),
                limit(limits.max()),
                limits.weight(),
                limits.priority(),
                limit(limits.maxClients()),
                limit(limits.queueLength()),
                limits.queueTimeout().toMillis(),
                limit(limits.maxPinned()),
                limits.idleInTransactionTimeout().toMillis(),
                limits.maxTransactionTime().toMillis(),
                overrides.keysOf(limits.name()));
    }

    private static @Nullable Integer limit(int value) {
        return value == ClientClass.UNLIMITED ? null : (Integer) value;
    }

    @Override
    public List<WaiterRow> waiters() {
        long now = System.nanoTime();
        return survey.clients(client -> client.lease().phase() == Lease.Phase.WAITING).stream()
                .filter(client -> client.phase() == Lease.Phase.WAITING)
                .sorted((a, b) -> Long.signum(a.requestedNanos() - b.requestedNanos()))
                .map(client -> new WaiterRow(
                        client.id(),
                        client.user(),
                        client.clientClass(),
                        ClientNames.address(client),
                        ClientNames.program(client),
                        ClientNames.process(client),
                        millis(now - client.requestedNanos()),
                        Math.max(0, millis(client.requestedNanos() + client.queueTimeoutNanos() - now)),
                        client.digest()))
                .toList();
    }

    @Override
    public List<PinRow> pins() {
        long now = System.nanoTime();
        return busy().stream()
                .filter(LiveView::pinned)
                .sorted((a, b) -> Long.signum(a.pinnedNanos() - b.pinnedNanos()))
                .map(client -> new PinRow(
                        client.id(),
                        client.user(),
                        client.clientClass(),
                        ClientNames.address(client),
                        ClientNames.program(client),
                        ClientNames.process(client),
                        ClientNames.pins(client),
                        millis(now - client.pinnedNanos()),
                        client.phase() == Lease.Phase.HELD ? millis(now - client.silentNanos()) : 0,
                        client.backendId(),
                        client.digest(),
                        client.pinnedBy()))
                .toList();
    }

    @Override
    public List<HolderRow> holders() {
        return Holders.rows(busy(), System.nanoTime());
    }

    private static long millis(long nanos) {
        return nanos / 1_000_000;
    }

    @Override
    public List<StatsRow> stats() {
        return List.of(sampler.stats(pool.host().toString()));
    }

    @Override
    public List<ListRow> lists() {
        Snapshot budget = desk.snapshot();
        List<ListRow> rows = new ArrayList<>();
        rows.add(new ListRow("databases", 1));
        rows.add(new ListRow("users", config.get().clientAccounts().size()));
        rows.add(new ListRow("pools", 1));
        rows.add(new ListRow("classes", budget.classes().size()));
        rows.add(new ListRow("clients", budget.clients()));
        rows.add(new ListRow("waiting_clients", budget.waiting()));
        rows.add(new ListRow("permits", budget.total()));
        rows.add(new ListRow("used_permits", budget.inUse()));
        rows.add(new ListRow("used_servers", Math.max(0, pool.relaying() - desk.warm())));
        rows.add(new ListRow("free_servers", pool.driverOwned() + desk.warm()));
        rows.add(new ListRow("login_servers", pool.connecting()));
        rows.add(new ListRow("closing_servers", pool.closing()));
        return rows;
    }

    @Override
    public List<ConfigRow> config() {
        return ConfigValues.of(config.get()).stream()
                .map(value ->
                        new ConfigRow(value.key(), value.value(), value.byDefault(), value.reloads() ? "yes" : "no"))
                .toList();
    }

    @Override
    public List<AccountRow> accounts() {
        ProxyConfig now = config.get();
        Map<String, Integer> clients = new HashMap<>();
        survey.clients(client -> true).forEach(client -> clients.merge(client.user(), 1, Integer::sum));
        List<AccountRow> rows = new ArrayList<>();
        for (AccountConfig account : now.clientAccounts()) {
            rows.add(new AccountRow(
                    account.name(), "proxy", form(account), "client", clients.getOrDefault(account.name(), 0)));
        }
        for (AdminAccount admin : now.admin().users()) {
            String role = admin.role().name().toLowerCase(Locale.ROOT).replace('_', '-');
            rows.add(new AccountRow(admin.name(), "console", "password", role, null));
        }
        return rows;
    }

    private static String form(AccountConfig account) {
        if (account.authenticationString() == null) {
            return "password";
        }
        return account.authenticationString().isNative() ? "mysql_native_password" : "caching_sha2_password";
    }

    @Override
    public List<VersionRow> version() {
        String own = LiveView.class.getPackage().getImplementationVersion();
        return List.of(new VersionRow(
                "connbudget " + (own == null ? "development" : own),
                Runtime.version().toString(),
                databaseVersion.get()));
    }

    @Override
    public List<EventRow> events() {
        return events.all();
    }

    @Override
    public List<SampleRow> samples() {
        return sampler.samples();
    }
}
