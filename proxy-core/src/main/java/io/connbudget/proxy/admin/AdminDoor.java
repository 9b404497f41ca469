package io.connbudget.proxy.admin;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import io.connbudget.proxy.config.AdminAccount;
import io.connbudget.proxy.config.AdminConfig;
import io.connbudget.proxy.config.Secret;
import io.connbudget.proxy.logging.LogKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets administrators in by name and password (RFC 7617); with none configured, everybody on the loopback address and nobody
 * elsewhere. Every role may look, and nothing behind this door changes anything. Thread-safe.
 */
final class AdminDoor extends Filter {
    private static final Logger AUDIT = LoggerFactory.getLogger("audit");
    private static final String SCHEME = "Basic ";
    private static final int MAX_NAME = 64;

    private final Supplier<AdminConfig> access;
    private final boolean onLoopback;

    /** @param access asked at each request */
    AdminDoor(Supplier<AdminConfig> access, boolean onLoopback) {
        this.access = access;
        this.onLoopback = onLoopback;
    }

    /** This door while the condition holds, and none while it does not. */
    Filter onlyWhile(BooleanSupplier closed) {
        return new Filter() {
            @Override
            public String description() {
                return AdminDoor.this.description();
            }

            @Override
            public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
                if (closed.getAsBoolean()) {
                    AdminDoor.this.doFilter(exchange, chain);
                } else {
                    chain.doFilter(exchange);
                }
            }
        };
    }

    @Override
    public String description() {
        return "administrators only";
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        List<AdminAccount> users = access.get().users();
        if (users.isEmpty()) {
            if (onLoopback) {
                chain.doFilter(exchange);
            } else {
                AdminServer.answer(
                        exchange,
                        403,
                        AdminServer.PLAIN_TEXT,
                        "beyond the loopback address this needs an administrator: configure admin.users\n");
            }
            return;
        }
        String given = exchange.getRequestHeaders().getFirst("Authorization");
        if (admits(users, exchange, given)) {
            chain.doFilter(exchange);
            return;
        }
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"connbudget\", charset=\"UTF-8\"");
        AdminServer.answer(exchange, 401, AdminServer.PLAIN_TEXT, "name and password of one of admin.users, please\n");
    }

    private static boolean admits(List<AdminAccount> users, HttpExchange exchange, @Nullable String header) {
        if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        String both;
        try {
            both = new String(
                    Base64.getDecoder().decode(header.substring(SCHEME.length()).strip()), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return false;
        }
        int colon = both.indexOf(':');
        if (colon < 0) {
            return false;
        }
        String name = both.substring(0, colon);
        @Nullable Secret known = users.stream()
                .filter(user -> user.name().equals(name))
                .map(AdminAccount::password)
                .findFirst()
                .orElse(null);
        Secret password = Secret.of(both.substring(colon + 1));
        // An unknown name takes the same comparison. No administrator has the empty password.
        boolean right = (known == null ? Secret.empty() : known).equals(password) && known != null;
        if (!right) {
            AUDIT.atWarn()
                    .addKeyValue(LogKeys.EVENT, "http_login_refused")
                    .addKeyValue(
                            LogKeys.CLIENT_ADDRESS,
                            String.valueOf(exchange.getRemoteAddress()).replaceFirst("^/", ""))
                    .addKeyValue(LogKeys.USER, name.length() <= MAX_NAME ? name : name.substring(0, MAX_NAME))
                    .log();
        }
        return right;
    }
}
