package io.connbudget.proxy.metrics;

import static java.util.Objects.requireNonNull;

import io.connbudget.budget.Refusal;
import io.connbudget.proxy.error.ErrorOrigin;
import io.connbudget.proxy.error.ProxyError;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Every metric of the proxy: its name, unit, tags and meaning. Names are given as Prometheus shows them. Values are read at a scrape, from suppliers
 * that must be safe to call from any thread; the hot path counts into {@link LoopMetrics}.
 */
public final class ProxyMetrics implements AutoCloseable {
    static final String CLIENTS = "connbudget_clients";
    static final String UNAUTHENTICATED_CLIENTS = "connbudget_clients_unauthenticated";
    static final String CLIENTS_ACCEPTED = "connbudget_clients_accepted_total";
    static final String WAITERS = "connbudget_waiters";
    static final String LEASES = "connbudget_leases_total";
    static final String LEASES_ACTIVE = "connbudget_leases_active";
    static final String PINNED_SESSIONS = "connbudget_sessions_pinned";
    static final String BACKENDS = "connbudget_backends";
    static final String BACKENDS_DISCARDED = "connbudget_backends_discarded_total";
    static final String BUDGET = "connbudget_budget_connections";
    static final String QUEUE_WAIT = "connbudget_queue_wait_seconds";
    static final String LEASE_TIME = "connbudget_lease_time_seconds";
    static final String COMMANDS = "connbudget_commands_total";
    static final String BYTES_TO_BACKEND = "connbudget_client_to_backend_bytes_total";
    static final String BYTES_TO_CLIENT = "connbudget_backend_to_client_bytes_total";
    static final String PROLOGUE_BYTES = "connbudget_prologue_bytes_total";
    static final String ERRORS = "connbudget_errors_total";
    static final String ERROR_REPLIES = "connbudget_error_replies_total";
    static final String HANDOFFS = "connbudget_handoffs_total";
    static final String CLIENT_PREPARES = "connbudget_client_prepares_total";
    static final String BACKEND_PREPARES = "connbudget_backend_prepares_total";

    static final String RECLAIMS = "connbudget_reclaims_total";
    static final String CLASS_IN_USE = "connbudget_class_permits_in_use";
    static final String CLASS_WAITERS = "connbudget_class_waiters";
    static final String CLASS_OLDEST_WAIT = "connbudget_class_oldest_wait_seconds";
    static final String PROCESS_CPU = "process_cpu_seconds_total";

    /** Two that promtool refuses; the time comes back in seconds, as {@link #PROCESS_CPU}. */
    private static final Set<String> UNFIT_NAMES = Set.of("process.cpu.time", "system.cpu.count");

    private static final String TAG_CLASS = "class";
    private static final String TAG_STATE = "state";
    private static final String TAG_REASON = "reason";
    private static final String TAG_COMMAND = "command";
    private static final String TAG_ORIGIN = "origin";

    private static final List<Refusal.Reason> RECLAIM_REASONS =
            List.of(Refusal.Reason.PIN_QUOTA, Refusal.Reason.IDLE_IN_TRANSACTION, Refusal.Reason.TRANSACTION_TIME);

    /** Content type of {@link #scrape}. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry;
    private final JvmGcMetrics gcMetrics = new JvmGcMetrics();
    private final List<LoopMetrics> loops = new CopyOnWriteArrayList<>();
    private final Map<ErrorOrigin, LongAdder> backgroundErrors = new EnumMap<>(ErrorOrigin.class);

    private volatile Map<String, ClassSample> classes = Map.of();
    private final MultiGauge classInUse;
    private final MultiGauge classWaiters;
    private final MultiGauge classOldestWait;

    public ProxyMetrics() {
        this(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    }

    private ProxyMetrics(PrometheusMeterRegistry registry) {
        this.registry = registry;
        registry.config().meterFilter(MeterFilter.deny(id -> UNFIT_NAMES.contains(id.getName())));
        classInUse = MultiGauge.builder(CLASS_IN_USE)
                .description("Permits that the clients of a class hold")
                .register(registry);
        classWaiters = MultiGauge.builder(CLASS_WAITERS)
                .description("Clients of a class that wait for a backend")
                .register(registry);
        classOldestWait = MultiGauge.builder(CLASS_OLDEST_WAIT)
                .description("How long the oldest waiter of a class has waited")
                .register(registry);
        for (ErrorOrigin origin : ErrorOrigin.values()) {
            backgroundErrors.put(origin, new LongAdder());
        }
        registerClients();
        registerLeases();
        registerTraffic();
        registerErrors();
        registerHistograms();
        registerProcess();
    }

    /** Counters for one more event loop. Any thread, at start. */
    public LoopMetrics newLoop() {
        LoopMetrics loop = new LoopMetrics();
        loops.add(loop);
        return loop;
    }

    /** Waiters in the queue at this moment. */
    public void registerWaiters(IntSupplier waiters) {
        gauge(WAITERS, "Clients that wait for a backend", waiters, null, "");
    }

    /** The hard budget at this moment, in connections as the database counts them. */
    public void registerBudget(IntSupplier maxConnections) {
        gauge(BUDGET, "Connections to the database that the proxy may hold", maxConnections, null, "");
    }

    /** Sessions that must keep their backend; a key is the lower-case name of a pin reason. */
    public void registerPinnedSessions(Map<String, IntSupplier> byReason) {
        byReason.forEach((reason, count) ->
                gauge(PINNED_SESSIONS, "Sessions that must keep their backend, by reason", count, TAG_REASON, reason));
    }

    /** Physical connections to the database by state: {@code connecting}, {@code idle}, {@code leased}, {@code closing}. */
    public void registerBackends(Map<String, IntSupplier> byState) {
        byState.forEach((state, count) -> gauge(
                BACKENDS, "Connections to the database, by state; their sum holds permits", count, TAG_STATE, state));
    }

    /** All client classes at this moment, in place of those of the call before. One thread at a time. */
    public void classes(List<ClassSample> samples) {
        classes = samples.stream().collect(Collectors.toUnmodifiableMap(ClassSample::name, sample -> sample));
        rows(classInUse, samples, ClassSample::inUse);
        rows(classWaiters, samples, ClassSample::waiting);
        rows(classOldestWait, samples, sample -> sample.oldestWaitNanos() / 1e9);
    }

    /** A row that is there stays: a scrape would not find one that is taken away to be put back. */
    private void rows(MultiGauge gauge, List<ClassSample> samples, ToDoubleFunction<ClassSample> value) {
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        for (ClassSample sample : samples) {
            String name = sample.name();
            rows.add(MultiGauge.Row.of(Tags.of(TAG_CLASS, name), this, metrics -> metrics.ofClass(name, value)));
        }
        gauge.register(rows);
    }

    private double ofClass(String name, ToDoubleFunction<ClassSample> value) {
        ClassSample sample = classes.get(name);
        return sample == null ? Double.NaN : value.applyAsDouble(sample);
    }

    /** For meters that a library binds itself: HikariCP's ({@code hikaricp_*}). */
    public MeterRegistry registry() {
        return registry;
    }

    /** An error that is found off the event loops, by a borrower of HikariCP for example. Any thread. */
    public void backgroundError(ErrorOrigin origin) {
        requireNonNull(backgroundErrors.get(origin)).increment();
    }

    /** All metrics in the Prometheus text format 0.0.4. Any thread but an event loop: it takes milliseconds. */
    public String scrape() {
        return registry.scrape(CONTENT_TYPE);
    }

    /** What the event loops have counted. Any thread. */
    public Totals totals() {
        long[] waits = new long[LatencyBuckets.COUNT];
        loops.forEach(loop -> loop.addQueueWaits(waits));
        return new Totals(
                sum(LoopMetrics.LEASES_ENDED),
                sumOf(LoopMetrics::allCommands),
                sum(LoopMetrics.BYTES_TO_BACKEND),
                sum(LoopMetrics.BYTES_TO_CLIENT),
                sum(LoopMetrics.LEASE_TIME_SUM_NANOS),
                sum(LoopMetrics.QUEUE_WAIT_SUM_NANOS),
                sumOf(loop -> loop.errors(ProxyError.QUEUE_FULL)
                        + loop.errors(ProxyError.QUEUE_TIMEOUT)
                        + loop.errors(ProxyError.CLASS_QUOTA)),
                sumOf(LoopMetrics::allErrors),
                waits);
    }

    @Override
    public void close() {
        gcMetrics.close();
        registry.close();
    }

    private void registerClients() {
        gauge(
                CLIENTS,
                "Client connections that are open",
                () -> difference(LoopMetrics.CLIENTS_OPENED, LoopMetrics.CLIENTS_CLOSED),
                null,
                "");
        gauge(
                UNAUTHENTICATED_CLIENTS,
                "Client connections that have not logged in",
                () -> Math.max(
                        0,
                        difference(LoopMetrics.CLIENTS_OPENED, LoopMetrics.CLIENTS_AUTHENTICATED)
                                - (int) sum(LoopMetrics.LOGINS_ABANDONED)),
                null,
                "");
        counter(CLIENTS_ACCEPTED, "Client connections accepted", LoopMetrics.CLIENTS_OPENED);
    }

    private void registerLeases() {
        counter(LEASES, "Leases of a backend to a client", LoopMetrics.LEASES_STARTED);
        gauge(
                LEASES_ACTIVE,
                "Leases at this moment",
                () -> difference(LoopMetrics.LEASES_STARTED, LoopMetrics.LEASES_ENDED),
                null,
                "");
        counter(HANDOFFS, "Backends handed from one client to the next", LoopMetrics.HANDOFFS);
        for (Refusal.Reason reason : RECLAIM_REASONS) {
            counter(
                    RECLAIMS,
                    "Backends taken back, while others waited, from sessions over a limit of their class, by limit",
                    () -> sumOf(loop -> loop.reclaims(reason)),
                    TAG_REASON,
                    reason.name().toLowerCase(Locale.ROOT));
        }
        counter(BACKENDS_DISCARDED, "Leased backends that were unfit for reuse", LoopMetrics.BACKENDS_DISCARDED);
    }

    private void registerTraffic() {
        for (int kind = 0; kind <= LoopMetrics.OTHER_COMMANDS; kind++) {
            int counted = kind;
            String name = CommandNames.of(kind);
            if (name != null) {
                counter(
                        COMMANDS,
                        "Commands that clients sent, by command",
                        () -> sumOf(loop -> loop.commands(counted)),
                        TAG_COMMAND,
                        name);
            }
        }
        counter(BYTES_TO_BACKEND, "Bytes relayed from clients to backends", LoopMetrics.BYTES_TO_BACKEND);
        counter(BYTES_TO_CLIENT, "Bytes written to clients", LoopMetrics.BYTES_TO_CLIENT);
        counter(PROLOGUE_BYTES, "Bytes sent to make a backend equal to a session", LoopMetrics.PROLOGUE_BYTES);
        counter(CLIENT_PREPARES, "Statements that clients prepared", LoopMetrics.CLIENT_PREPARES);
        counter(BACKEND_PREPARES, "Statements prepared on backends", LoopMetrics.BACKEND_PREPARES);
    }

    private void registerErrors() {
        for (ErrorOrigin origin : ErrorOrigin.values()) {
            LongAdder background = requireNonNull(backgroundErrors.get(origin));
            counter(
                    ERRORS,
                    "Errors, by whose doing they are",
                    () -> sumOf(loop -> loop.errors(origin)) + background.sum(),
                    TAG_ORIGIN,
                    origin.label());
        }
        for (ProxyError error : ProxyError.values()) {
            counter(
                    ERROR_REPLIES,
                    "Errors that the proxy itself gave to clients, by reason",
                    () -> sumOf(loop -> loop.errors(error)),
                    TAG_REASON,
                    error.label());
        }
    }

    private void registerHistograms() {
        registry.getPrometheusRegistry()
                .register(new LatencyHistogram(
                        QUEUE_WAIT,
                        "Time from the request of a lease to its grant or refusal",
                        loops,
                        LoopMetrics::addQueueWaits,
                        LoopMetrics.QUEUE_WAIT_SUM_NANOS));
        registry.getPrometheusRegistry()
                .register(new LatencyHistogram(
                        LEASE_TIME,
                        "Time for which one client kept one backend",
                        loops,
                        LoopMetrics::addLeaseTimes,
                        LoopMetrics.LEASE_TIME_SUM_NANOS));
    }

    private void registerProcess() {
        FunctionCounter.builder(PROCESS_CPU, this, self -> cpuSeconds())
                .description("Processor time of this process, user and system")
                .register(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        gcMetrics.bindTo(registry);
    }

    private static double cpuSeconds() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .map(time -> time.toNanos() / 1e9)
                .orElse(0.0);
    }

    private int difference(int added, int removed) {
        // Removals first: an event between the two reads then shows as one too many, never as a negative gauge.
        long gone = sum(removed);
        return (int) (sum(added) - gone);
    }

    private long sum(int counter) {
        return sumOf(loop -> loop.read(counter));
    }

    private long sumOf(ToLongFunction<LoopMetrics> value) {
        long total = 0;
        for (LoopMetrics loop : loops) {
            total += value.applyAsLong(loop);
        }
        return total;
    }

    private void gauge(String name, String help, IntSupplier value, @Nullable String tag, String tagValue) {
        Gauge.Builder<?> builder = Gauge.builder(name, value::getAsInt).description(help);
        if (tag != null) {
            builder.tag(tag, tagValue);
        }
        requireNonNull(builder.strongReference(true).register(registry));
    }

    private void counter(String name, String help, int counter) {
        counter(name, help, () -> sum(counter));
    }

    private void counter(String name, String help, LongSupplier value, String... tags) {
        FunctionCounter.builder(name, this, self -> value.getAsLong())
                .description(help)
                .tags(tags)
                .register(registry);
    }
}
