package io.connbudget.proxy;

import io.connbudget.proxy.backend.BackendPool;
import io.connbudget.proxy.backend.PhysicalPermits;
import io.connbudget.proxy.capacity.BudgetControl;
import io.connbudget.proxy.cli.ProxyHost;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.frontend.Frontend;
import io.connbudget.proxy.identity.Identity;
import io.connbudget.proxy.lease.ClientRegistry;
import io.connbudget.proxy.lease.LeaseDesk;
import io.connbudget.proxy.metrics.ProxyMetrics;
import io.connbudget.proxy.operate.ProxyControl;
import io.connbudget.proxy.operate.ProxyView;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What operators see and do of one proxy: puts the parts together, and looks at the proxy once a second. */
final class Operations implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Operations.class);

    private final CurrentConfig config;
    private final BackendPool pool;
    private final LeaseDesk desk;
    private final ClientRegistry clients;
    private final BudgetControl budget;
    private final Identity identity;
    private final Frontend frontend;
    private final EventLog events = new EventLog();
    private final ClassOverrides overrides = new ClassOverrides();
    private final Sampler sampler;
    private final LiveView view;
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("sampler", true));

    Operations(
            ProxyConfig started,
            BackendPool pool,
            PhysicalPermits permits,
            LeaseDesk desk,
            BudgetControl budget,
            Identity identity,
            Frontend frontend,
            ClientRegistry clients,
            ProxyMetrics metrics,
            Supplier<String> databaseVersion) {
        this.config = new CurrentConfig(started);
        this.pool = pool;
        this.desk = desk;
        this.budget = budget;
        this.identity = identity;
        this.frontend = frontend;
        this.clients = clients;
        ClientSurvey survey = new ClientSurvey(clients);
        this.sampler = new Sampler(
                metrics, desk, survey, new SlowClients(() -> config.get().log(), events));
        this.view = new LiveView(config::get, pool, permits, desk, survey, sampler, events, overrides, databaseVersion);
    }

    void start() {
        timer.scheduleAtFixedRate(this::sample, 1, 1, TimeUnit.SECONDS);
    }

    private void sample() {
        try {
            sampler.sample();
        } catch (RuntimeException e) {
            // A task that throws would not run again.
            LOG.error("the sample of this second failed", e);
        }
    }

    ProxyConfig config() {
        return config.get();
    }

    EventLog events() {
        return events;
    }

    ProxyView view() {
        return view;
    }

    ProxyControl control(ProxyHost host) {
        return new LiveControl(config, host, pool, desk, budget, identity, frontend, clients, overrides, events);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
