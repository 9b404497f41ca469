package io.connbudget.proxy.frontend;

import io.connbudget.proxy.config.CidrList;
import io.connbudget.proxy.config.FairBetween;
import io.connbudget.proxy.identity.Identity;
import io.connbudget.proxy.lease.LeaseContext;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What all client connections share. A reload makes another one, for the connections that come then.
 *
 * @param leases null while the database has not been reached yet
 * @param verifier for what of an authentication takes longer than an event loop may
 * @param balancers who must send a PROXY protocol header; null for nobody
 * @param queueTimeout of those who belong to no class yet
 * @param rsa the key pair of caching_sha2_password's full path without TLS; made at its first use
 */
public record FrontendContext(
        Supplier<@Nullable LeaseContext> leases,
        Identity identity,
        SchemaCache schemas,
        ClientLimits limits,
        FrontendTls tls,
        @Nullable CidrList balancers,
        Executor verifier,
        Supplier<KeyPair> rsa,
        SecureRandom random,
        Duration handshakeTimeout,
        Duration queueTimeout,
        long maxPacketBytes,
        int maxStatements,
        FairBetween fairBetween) {}
