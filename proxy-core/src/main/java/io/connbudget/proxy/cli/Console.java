package io.connbudget.proxy.cli;

import io.connbudget.proxy.config.AdminConfig;
import io.connbudget.proxy.config.HostPort;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.console.ConsoleDoor;
import io.connbudget.proxy.console.ConsoleServer;
import io.connbudget.proxy.console.Operator;
import io.connbudget.proxy.identity.LoginBackOff;
import io.connbudget.proxy.operate.ProxyControl;
import io.connbudget.proxy.operate.ProxyView;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The console of a served proxy, where the configuration wants one. */
final class Console implements AutoCloseable {
    private final ProxyConfig config;
    private final ProxyLifecycle proxy;
    private final ProxyHost host;
    private @Nullable ConsoleServer server;

    Console(ProxyConfig config, ProxyLifecycle proxy, ProxyHost host) {
        this.config = config;
        this.proxy = proxy;
        this.host = host;
    }

    /** After the proxy's start. @throws IOException if the address cannot be bound */
    void listen() throws IOException {
        HostPort address = config.console();
        ProxyView view = proxy.view();
        ProxyControl control = proxy.control(host);
        if (address == null || view == null || control == null) {
            return;
        }
        try {
            server = ConsoleServer.start(
                    address.resolve(),
                    () -> operators(proxy.config(config).admin()),
                    view,
                    control,
                    "8.4.0-connbudget-" + CommandLineApp.version(),
                    () -> proxy.config(config).drainTimeout(),
                    new ConsoleDoor(
                            config.frontend().handshakeTimeout(),
                            new LoginBackOff(
                                    () -> proxy.config(config).frontend().door())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted at the start of the console", e);
        } catch (Exception e) {
            throw new IOException(address + ": " + e.getMessage(), e);
        }
    }

    private static Map<String, Operator> operators(AdminConfig admin) {
        return admin.users().stream()
                .map(user -> new Operator(user.name(), user.password().reveal(), user.role()))
                .collect(Collectors.toUnmodifiableMap(Operator::name, operator -> operator));
    }

    /** Null where there is no console. */
    @Nullable InetSocketAddress address() {
        return server == null ? null : server.address();
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
    }
}
