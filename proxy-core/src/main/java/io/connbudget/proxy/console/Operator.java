package io.connbudget.proxy.console;

import io.connbudget.proxy.config.AdminRole;
import io.connbudget.wire.auth.CachingSha2Password;
import io.connbudget.wire.auth.NativePassword;
import java.nio.charset.StandardCharsets;

/** An account of the console, as the hashes that verify it. Immutable. */
public final class Operator {
    private final String name;
    private final AdminRole role;
    private final boolean emptyPassword;
    private final byte[] nativeHash;
    private final byte[] fastHash;

    public Operator(String name, String password, AdminRole role) {
        byte[] clear = password.getBytes(StandardCharsets.UTF_8);
        this.name = name;
        this.role = role;
        this.emptyPassword = password.isEmpty();
        this.nativeHash = NativePassword.storedHash(clear);
        this.fastHash = CachingSha2Password.fastHash(clear);
    }

    public String name() {
        return name;
    }

    public AdminRole role() {
        return role;
    }

    /** Whether {@code answer} is what {@code plugin} computes from the password and the nonce. */
    boolean verify(String plugin, byte[] answer, byte[] nonce) {
        boolean empty = answer.length == 0 || (answer.length == 1 && answer[0] == 0);
        if (empty || emptyPassword) {
            return empty && emptyPassword;
        }
        return plugin.equals(NativePassword.PLUGIN)
                ? NativePassword.verify(answer, nonce, nativeHash)
                : CachingSha2Password.verify(answer, nonce, fastHash);
    }

    @Override
    public String toString() {
        return "Operator[" + name + ", " + role + "]";
    }
}
