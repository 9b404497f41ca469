package io.connbudget.proxy.identity;

import io.connbudget.proxy.config.AccountConfig;
import io.connbudget.proxy.config.PasswordConfig;
import io.connbudget.proxy.config.Secret;
import io.connbudget.proxy.config.StoredSecret;
import io.connbudget.wire.auth.CachingSha2Password;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The accounts of one state of the configuration. Immutable but for what {@link Credential} remembers.
 *
 * <p>In place of an unknown account one is verified that nobody can log in with, so that both take the same exchange and
 * the same time. The exchange depends on how an account's secret is known; which kind an unknown name seems to be is drawn
 * from the kinds that there are, the same for the same name.
 */
public final class Accounts {
    /** Length of the key that draws what an unknown name seems to be. */
    static final int KEY_BYTES = 16;

    private static final String BASE_64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private final Map<String, Account> byName = new HashMap<>();
    private final List<Account> nobodies = new ArrayList<>();
    private final byte[] key;

    /** @param key {@link #KEY_BYTES} bytes that nobody knows; with the same ones an unknown name seems to be the same */
    public Accounts(List<AccountConfig> configs, SecureRandom random, byte[] key) {
        this.key = key.clone();
        for (AccountConfig config : configs) {
            byName.put(config.name(), Account.of(config));
            nobodies.add(nobodyLike(config, random));
        }
        if (nobodies.isEmpty()) {
            nobodies.add(Account.of(AccountConfig.of("nobody", drawn(random))));
        }
    }

    /** As many secrets as the account has, and of the same forms, so that each takes the same hashes. */
    private static Account nobodyLike(AccountConfig config, SecureRandom random) {
        StoredSecret stored = config.authenticationString();
        List<PasswordConfig> others = new ArrayList<>();
        for (PasswordConfig other : config.otherPasswords()) {
            StoredSecret otherStored = other.authenticationString();
            others.add(
                    otherStored == null
                            ? new PasswordConfig(drawn(random), null)
                            : new PasswordConfig(null, drawnLike(otherStored, random)));
        }
        return Account.of(new AccountConfig(
                "nobody",
                stored == null ? drawn(random) : null,
                stored == null ? null : drawnLike(stored, random),
                others,
                null,
                null,
                null,
                "nobody",
                null,
                null));
    }

    private static Secret drawn(SecureRandom random) {
        return Secret.of(hex(random, 24));
    }

    private static StoredSecret drawnLike(StoredSecret stored, SecureRandom random) {
        StringBuilder text = new StringBuilder();
        if (stored.isNative()) {
            text.append('*').append(hex(random, 20));
        } else {
            // As many rounds as the account has.
            text.append(stored.reveal(), 0, 7);
            for (int i = 0; i < 63; i++) {
                text.append(BASE_64.charAt(random.nextInt(BASE_64.length())));
            }
        }
        return StoredSecret.parse(text.toString());
    }

    private static String hex(SecureRandom random, int bytes) {
        byte[] drawn = new byte[bytes];
        random.nextBytes(drawn);
        return HexFormat.of().withUpperCase().formatHex(drawn);
    }

    /** The account of this name, or null. */
    public @Nullable Account find(String name) {
        return byName.get(name);
    }

    /** The account of this name, or one that nobody can log in with. */
    public Account orNobody(String name) {
        Account account = byName.get(name);
        // Drawn for every name, so that a known one takes no less time.
        byte[] text = name.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        byte[] drawn = CachingSha2Password.scramble(Arrays.copyOf(text, text.length + 1), key);
        int index = ((drawn[0] & 0xff) | (drawn[1] & 0xff) << 8 | (drawn[2] & 0xff) << 16) % nobodies.size();
        return account != null ? account : nobodies.get(index);
    }

    public int size() {
        return byName.size();
    }
}
