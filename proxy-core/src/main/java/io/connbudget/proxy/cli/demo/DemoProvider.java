package io.connbudget.proxy.cli.demo;

import io.connbudget.proxy.cli.CommandProvider;
import io.connbudget.proxy.cli.ProxyFactory;

/** Puts {@code demo} on the command line; found by {@link java.util.ServiceLoader}. */
public final class DemoProvider implements CommandProvider {
    @Override
    public Object command(ProxyFactory proxies) {
        return new DemoCommand(proxies);
    }
}
