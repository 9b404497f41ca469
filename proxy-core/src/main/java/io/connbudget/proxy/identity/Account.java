package io.connbudget.proxy.identity;

import io.connbudget.proxy.config.AccountConfig;
import io.connbudget.proxy.config.CidrList;
import io.connbudget.proxy.config.NameList;
import io.connbudget.proxy.config.PasswordConfig;
import io.connbudget.proxy.config.Secret;
import io.connbudget.proxy.config.StoredSecret;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An account that clients log in with: its passwords, and who may use it. Thread-safe. */
public final class Account {
    private final String name;
    private final List<Credential> credentials;
    private final boolean servesNative;
    private final boolean servesSha2;
    private final boolean emptyPassword;
    private final boolean stored;
    private final @Nullable CidrList sources;
    private final @Nullable NameList schemas;
    private final @Nullable NameList tlsIdentity;
    private final String backendUser;
    private final @Nullable String clientClass;

    private Account(AccountConfig config, List<Credential> credentials) {
        this.name = config.name();
        this.credentials = List.copyOf(credentials);
        this.servesNative = credentials.stream().allMatch(Credential::servesNative);
        this.servesSha2 = credentials.stream().allMatch(Credential::servesSha2);
        this.emptyPassword = credentials.stream().anyMatch(Credential::empty);
        this.stored = credentials.stream().anyMatch(Credential::stored);
        this.sources = config.sources();
        this.schemas = config.schemas();
        String identity = config.tlsIdentity();
        // A subject has commas in it.
        this.tlsIdentity = identity == null ? null : new NameList(List.of(identity));
        this.backendUser = config.effectiveBackendUser();
        this.clientClass = config.clientClass();
    }

    static Account of(AccountConfig config) {
        List<Credential> credentials = new ArrayList<>();
        credentials.add(credential(config.password(), config.authenticationString()));
        for (PasswordConfig other : config.otherPasswords()) {
            credentials.add(credential(other.password(), other.authenticationString()));
        }
        return new Account(config, credentials);
    }

    private static Credential credential(@Nullable Secret password, @Nullable StoredSecret stored) {
        if (password != null) {
            return Credential.of(password);
        }
        if (stored == null) {
            throw new IllegalArgumentException("an account without a secret");
        }
        return Credential.of(stored);
    }

    public String name() {
        return name;
    }

    /** The account at the database that its statements run as. */
    public String backendUser() {
        return backendUser;
    }

    /** The client class where no rule matches, or null. */
    public @Nullable String clientClass() {
        return clientClass;
    }

    /** Whether one of its passwords is the empty one. */
    public boolean emptyPassword() {
        return emptyPassword;
    }

    /** Whether all its passwords can be verified by mysql_native_password. */
    public boolean servesNative() {
        return servesNative;
    }

    /** Whether all its passwords can be verified by caching_sha2_password, with the clear password at least. */
    public boolean servesSha2() {
        return servesSha2;
    }

    /** Whether an answer that the fast path does not verify may yet be right: the clear password tells. */
    public boolean mayNeedClear() {
        return stored;
    }

    /** Verifies an answer of mysql_native_password that is not empty. */
    public boolean verifyNative(byte[] scramble, byte[] nonce) {
        boolean verified = false;
        for (Credential credential : credentials) {
            verified |= credential.verifyNative(scramble, nonce);
        }
        return verified;
    }

    /** Verifies an answer of caching_sha2_password's fast path that is not empty. */
    public boolean verifyFast(byte[] scramble, byte[] nonce) {
        boolean verified = false;
        for (Credential credential : credentials) {
            verified |= credential.verifyFast(scramble, nonce);
        }
        return verified;
    }

    /** Verifies a clear password; takes milliseconds where it is wrong or new. */
    public boolean verifyClear(byte[] password) {
        for (Credential credential : credentials) {
            if (credential.verifyClear(password)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether a client that knows the password may come in.
     *
     * @param certificate subject of its certificate, or null
     */
    public boolean admits(InetAddress source, @Nullable String certificate) {
        return (sources == null || sources.contains(source))
                && (tlsIdentity == null || (certificate != null && tlsIdentity.matches(certificate)));
    }

    /** Whether there are schemas that it may not select. */
    public boolean limitsSchemas() {
        return schemas != null;
    }

    /** Whether the account may select this schema, as far as the proxy is asked. */
    public boolean mayUse(String schema) {
        return schemas == null || schemas.matches(schema);
    }

    @Override
    public String toString() {
        return "Account[" + name + "]";
    }
}
