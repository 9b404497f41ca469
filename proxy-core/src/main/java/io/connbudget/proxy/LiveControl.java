package io.connbudget.proxy;

import io.connbudget.proxy.backend.BackendPool;
import io.connbudget.proxy.capacity.BudgetControl;
import io.connbudget.proxy.cli.ProxyHost;
import io.connbudget.proxy.config.ConfigException;
import io.connbudget.proxy.config.ConfigValues;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.frontend.Frontend;
import io.connbudget.proxy.identity.Identity;
import io.connbudget.proxy.lease.ClientRegistry;
import io.connbudget.proxy.lease.Conversation;
import io.connbudget.proxy.lease.LeaseDesk;
import io.connbudget.proxy.logging.LogKeys;
import io.connbudget.proxy.operate.OperateException;
import io.connbudget.proxy.operate.ProxyControl;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What operators can do to a running proxy. */
final class LiveControl implements ProxyControl {
    private static final Logger LOG = LoggerFactory.getLogger(LiveControl.class);
    private static final long LOOK_MILLIS = 5;
    private static final long KILL_SECONDS = 10;

    private final CurrentConfig config;
    private final ProxyHost host;
    private final BackendPool pool;
    private final LeaseDesk desk;
    private final BudgetControl budget;
    private final Identity identity;
    private final Frontend frontend;
    private final ClientRegistry clients;
    private final ClassOverrides overrides;
    private final EventLog events;

    LiveControl(
            CurrentConfig config,
            ProxyHost host,
            BackendPool pool,
            LeaseDesk desk,
            BudgetControl budget,
            Identity identity,
            Frontend frontend,
            ClientRegistry clients,
            ClassOverrides overrides,
            EventLog events) {
        this.config = config;
        this.host = host;
        this.pool = pool;
        this.desk = desk;
        this.budget = budget;
        this.identity = identity;
        this.frontend = frontend;
        this.clients = clients;
        this.overrides = overrides;
        this.events = events;
    }

    @Override
    public String pause(Duration wait) throws OperateException {
        desk.pause();
        happened("paused", "no client gets a backend until RESUME");
        long deadline = System.nanoTime() + wait.toNanos();
        try {
            while (desk.inUse() > 0 && desk.paused() && System.nanoTime() - deadline < 0) {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperateException("interrupted; the pause is in force");
        }
        int left = desk.inUse();
        if (!desk.paused()) {
            return "resumed meanwhile";
        }
        return left == 0
                ? "paused; no backend is in use"
                : "paused; " + left + " backends are in use still, see SHOW HOLDERS";
    }

    @Override
    public String resume() throws OperateException {
        if (!desk.paused()) {
            throw new OperateException("the proxy is not paused");
        }
        desk.resume();
        happened("resumed", "");
        return "resumed";
    }

    @Override
    public String reconnect() {
        desk.renewBackends();
        pool.renew();
        happened("reconnecting", "every connection to the database is replaced");
        return "reconnecting; leased backends are replaced when their lease ends";
    }

    @Override
    public synchronized String reload() throws OperateException {
        ProxyConfig before = config.get();
        ProxyConfig after;
        try {
            after = host.load().config();
        } catch (ConfigException e) {
            throw refused("the configuration is not valid, nothing changed: " + String.join("; ", e.problems()));
        }
        List<String> changed = ConfigValues.changed(before, after);
        List<String> fixed =
                changed.stream().filter(key -> !ConfigValues.reloads(key)).toList();
        if (!fixed.isEmpty()) {
            throw refused("nothing changed, since a restart is needed for: " + String.join(", ", fixed));
        }
        Runnable clientSide;
        try {
            clientSide = frontend.prepare(after);
            budget.reload(after, System.nanoTime());
        } catch (IllegalArgumentException e) {
            throw refused("nothing changed: " + e.getMessage());
        }
        overrides.forget();
        config.set(after);
        identity.reload(after);
        clientSide.run();
        String what = changed.isEmpty() ? "nothing differs" : "changed " + String.join(", ", changed);
        happened("reloaded", what);
        return "reloaded; " + what;
    }

    private OperateException refused(String why) {
        LOG.atWarn().addKeyValue(LogKeys.EVENT, "reload_refused").log(why);
        events.add("reload_refused", why);
        return new OperateException(why);
    }

    @Override
    public String kill(long clientId) throws OperateException {
        Conversation victim = clients.get(clientId);
        if (victim == null) {
            throw new OperateException("there is no client " + clientId + "; see SHOW CLIENTS");
        }
        CompletableFuture<String> outcome = new CompletableFuture<>();
        victim.lease()
                .eventLoop()
                .execute(() -> victim.killed(false, failure -> outcome.complete(failure == null ? "" : failure)));
        try {
            String failure = outcome.get(KILL_SECONDS, TimeUnit.SECONDS);
            happened("killed", "client " + clientId);
            return failure.isEmpty()
                    ? "killed client " + clientId
                    : "closed client " + clientId + "; the database was not reached for its KILL: " + failure;
        } catch (TimeoutException | ExecutionException e) {
            throw new OperateException("the database has not taken the KILL within " + KILL_SECONDS + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperateException("interrupted");
        }
    }

    @Override
    public synchronized String set(String clientClass, String key, String value) throws OperateException {
        try {
            desk.change(plan -> overrides.apply(plan, clientClass, key, value));
        } catch (IllegalArgumentException e) {
            throw new OperateException(String.valueOf(e.getMessage()));
        }
        overrides.changed(clientClass, key);
        happened("set", clientClass + "." + key + " = " + value);
        return clientClass + "." + key + " is " + value + " until the next RELOAD";
    }

    @Override
    public String shutdown(boolean drain) {
        happened("shutdown", drain ? "after a drain" : "at once");
        host.shutdown(drain);
        if (!drain && frontend.draining()) {
            // A drain is under way, and ends when the last client is gone.
            frontend.endDrain();
        }
        return drain ? "draining" : "ending";
    }

    private void happened(String event, String detail) {
        LOG.atInfo().addKeyValue(LogKeys.EVENT, event).log(detail);
        events.add(event, detail);
    }
}
