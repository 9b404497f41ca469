package io.connbudget.proxy.frontend;

import io.connbudget.proxy.config.AccountConfig;
import io.connbudget.proxy.config.Secret;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The accounts that clients may log in with. Immutable but for what {@link Account} remembers. */
final class Accounts {
    private final Map<String, Account> byName = new HashMap<>();
    /** Verified in place of an unknown account, so that both take the same time. */
    private final Account nobody;

    Accounts(List<AccountConfig> configs, SecureRandom random) {
        for (AccountConfig config : configs) {
            byName.put(config.name(), Account.of(config));
        }
        byte[] password = new byte[24];
        random.nextBytes(password);
        nobody = Account.of(new AccountConfig("nobody", Secret.of(HexFormat.of().formatHex(password)), null));
    }

    /** The account of this name, or one that nobody can log in with. */
    Account orNobody(String name) {
        @Nullable Account account = byName.get(name);
        return account != null ? account : nobody;
    }
}
