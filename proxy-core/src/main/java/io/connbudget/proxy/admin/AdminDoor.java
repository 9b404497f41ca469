package io.connbudget.proxy.admin;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import io.connbudget.proxy.config.AdminAccount;
import io.connbudget.proxy.config.AdminConfig;
import io.connbudget.proxy.config.Secret;
import io.connbudget.proxy.identity.LoginBackOff;
import io.connbudget.proxy.identity.SourceNetwork;
import io.connbudget.proxy.logging.LogKeys;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets administrators in by name and password (RFC 7617); with none configured, everybody on the loopback address and nobody
 * elsewhere. Every role may look, and nothing behind this door changes anything. Thread-safe.
 *
 * <p>A wrong password is told later and later, as a client's is ({@link LoginBackOff}), and an address for which many such
 * answers are held back is not listened to: it could not guess faster by asking in parallel. Where no password is asked for,
 * the request must name the machine itself: a page from elsewhere whose name a browser was led to resolve to the loopback
 * address (DNS rebinding) names its own.
 */
final class AdminDoor extends Filter {
    private static final Logger AUDIT = LoggerFactory.getLogger("audit");
    private static final String SCHEME = "Basic ";
    private static final int MAX_NAME = 64;
    /** Answers to one address that are held back at once. */
    static final int MAX_HELD_BACK = 16;

    private static final long MAX_WAIT_NANOS = 10_000_000_000L;

    private final Supplier<AdminConfig> access;
    private final boolean onLoopback;
    private final LoginBackOff backOff;
    private final ScheduledExecutorService later;
    private final ConcurrentHashMap<InetAddress, Integer> heldBack = new ConcurrentHashMap<>();

    /**
     * The door of one listener.
     *
     * @param access asked at each request
     * @param later gives the answers that are held back
     */
    AdminDoor(Supplier<AdminConfig> access, boolean onLoopback, LoginBackOff backOff, ScheduledExecutorService later) {
        this.access = access;
        this.onLoopback = onLoopback;
        this.backOff = backOff;
        this.later = later;
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
            String refusal = !onLoopback
                    ? "beyond the loopback address this needs an administrator: configure admin.users\n"
                    : !namesThisMachine(exchange.getRequestHeaders().getFirst("Host"))
                            ? "without admin.users this is for the machine itself, by its address or as localhost\n"
                            : null;
            if (refusal == null) {
                chain.doFilter(exchange);
            } else {
                AdminServer.answer(exchange, 403, AdminServer.PLAIN_TEXT, refusal);
            }
            return;
        }
        InetAddress source = SourceNetwork.of(exchange.getRemoteAddress().getAddress());
        String given = exchange.getRequestHeaders().getFirst("Authorization");
        if (given == null) {
            askForPassword(exchange);
            return;
        }
        if (heldBack.getOrDefault(source, 0) >= MAX_HELD_BACK) {
            exchange.getResponseHeaders().set("Retry-After", "10");
            AdminServer.answer(exchange, 429, AdminServer.PLAIN_TEXT, "too many wrong passwords from this address\n");
            return;
        }
        if (admits(users, exchange, given)) {
            chain.doFilter(exchange);
            return;
        }
        holdBack(source, Math.min(backOff.failed(source, System.nanoTime()), MAX_WAIT_NANOS), exchange);
    }

    private static void askForPassword(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"connbudget\", charset=\"UTF-8\"");
        AdminServer.answer(exchange, 401, AdminServer.PLAIN_TEXT, "name and password of one of admin.users, please\n");
    }

    /** Asks for the password again after a while; no thread waits for that. */
    private void holdBack(InetAddress source, long waitNanos, HttpExchange exchange) throws IOException {
        if (waitNanos == 0) {
            askForPassword(exchange);
            return;
        }
        heldBack.merge(source, 1, Integer::sum);
        later.schedule(
                () -> {
                    heldBack.computeIfPresent(source, (address, count) -> count <= 1 ? null : count - 1);
                    try {
                        askForPassword(exchange);
                    } catch (IOException e) {
                        // Nobody waits for it any more.
                        exchange.close();
                    }
                },
                waitNanos,
                TimeUnit.NANOSECONDS);
    }

    /** Whether the Host header is an address, which no name server can change, or {@code localhost}. */
    static boolean namesThisMachine(@Nullable String host) {
        if (host == null) {
            return false;
        }
        int end = host.startsWith("[") ? host.indexOf(']') + 1 : host.indexOf(':');
        String name = end <= 0 ? host : host.substring(0, end);
        return name.equalsIgnoreCase("localhost") || NetUtil.createByteArrayFromIpAddressString(name) != null;
    }

    private static boolean admits(List<AdminAccount> users, HttpExchange exchange, String header) {
        if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
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
