package io.connbudget.proxy.frontend;

import io.connbudget.proxy.config.FairBetween;
import io.connbudget.proxy.config.FrontendTlsConfig;
import io.connbudget.proxy.lease.LeaseContext;
import io.netty.handler.ssl.SslContext;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What all client connections share.
 *
 * @param leases null while the database has not been reached yet
 * @param tls null where TLS is off
 * @param verifier for what of an authentication takes longer than an event loop may
 * @param rsa the key pair of caching_sha2_password's full path without TLS; made at its first use
 */
public record FrontendContext(
        Supplier<@Nullable LeaseContext> leases,
        Accounts accounts,
        SchemaCache schemas,
        ClientLimits limits,
        @Nullable SslContext tls,
        FrontendTlsConfig.Mode tlsMode,
        Executor verifier,
        Supplier<KeyPair> rsa,
        SecureRandom random,
        Duration handshakeTimeout,
        long maxPacketBytes,
        int maxStatements,
        FairBetween fairBetween) {}
