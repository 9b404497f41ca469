package io.connbudget.proxy.capacity;

import io.connbudget.proxy.backend.BackendFacts;
import io.connbudget.proxy.backend.BackendHost;
import io.connbudget.proxy.backend.BackendPool;
import io.connbudget.proxy.backend.BackendSettings;
import io.connbudget.proxy.backend.BackendUnavailable;
import io.connbudget.proxy.backend.PasswordSource;
import io.connbudget.proxy.backend.PhysicalPermits;
import io.connbudget.proxy.backend.ServerLimits;
import io.connbudget.proxy.backend.SslMode;
import io.connbudget.proxy.config.BackendConfig;
import io.connbudget.proxy.config.HostList;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.config.ReadOnlyDatabase;
import io.connbudget.proxy.identity.Identity;
import io.connbudget.proxy.net.Transports;
import io.netty.channel.EventLoopGroup;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** What the pool of backends is told of the configuration, and a short word with the database without a proxy. */
public final class Backends {
    private Backends() {}

    /** The settings of a pool of that many connections. */
    public static BackendSettings settings(BackendConfig backend, int leasable, PasswordSource password) {
        return new BackendSettings(
                backend.address().host(),
                backend.address().port(),
                backend.user(),
                password,
                SslMode.valueOf(backend.tls().mode().name()),
                backend.tls().caFile(),
                leasable,
                backend.minIdle() == BackendConfig.ALL ? leasable : Math.min(backend.minIdle(), leasable),
                backend.connectTimeout(),
                backend.maxLifetime(),
                backend.keepalive(),
                backend.closeTimeout(),
                failover(backend),
                backend.readOnly() == ReadOnlyDatabase.REFUSE);
    }

    private static List<BackendHost> failover(BackendConfig backend) {
        HostList others = backend.failover();
        return others == null
                ? List.of()
                : others.hosts().stream()
                        .map(host -> new BackendHost(host.host(), host.port()))
                        .toList();
    }

    /** Which of the database's connections are the proxy's, or of those that have a share of the budget beside it. */
    public static ServerLimits.Ours ours(ProxyConfig config, BackendPool pool) {
        Set<String> accounts = new HashSet<>();
        if (config.budget().share().of() > 1) {
            config.accounts().forEach(account -> accounts.add(account.effectiveBackendUser()));
        }
        return new ServerLimits.Ours(() -> connectionIds(pool), accounts);
    }

    private static Set<Long> connectionIds(BackendPool pool) {
        Set<Long> ids = new HashSet<>();
        for (BackendFacts backend : pool.connections()) {
            if (backend.serverId() != 0 && backend.phase() != PhysicalPermits.Phase.CLOSING) {
                ids.add(backend.serverId());
            }
        }
        return ids;
    }

    /** Runs a task on a connection of its own, made and closed for it. Blocks. */
    static <T> T ask(BackendConfig backend, BackendPool.ControlTask<T> task) throws BackendUnavailable {
        Transports transport = Transports.best();
        EventLoopGroup group = transport.newGroup(1, "check");
        PhysicalPermits permits = new PhysicalPermits(2, 1);
        try (BackendPool pool = new BackendPool(
                settings(backend, 1, Identity.passwordOf(backend)), group, transport.socketChannel(), permits, null)) {
            return pool.control(task);
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }
}
