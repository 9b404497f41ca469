package io.connbudget.proxy.config;

import io.connbudget.budget.CidrBlock;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One rule: a client for which every part that is given matches is of the class. */
public record RuleConfig(
        @Setting(value = "Class of the clients that match: one of `budget.classes`, or `default`.", name = "class")
        String clientClass,

        @Setting(
                value = "Account of the login; `*` stands for any text, `?` for one character.",
                byDefault = Setting.NONE)
        @Nullable String user,

        @Setting(
                value = "Block of addresses of clients, such as `10.2.0.0/16` or `2001:db8::/32`.",
                byDefault = Setting.NONE)
        @Nullable CidrBlock source,

        @Setting(value = "Schema of the login, with `*` and `?`.", byDefault = Setting.NONE) @Nullable String schema,

        @Setting("Connection attribute of this name, such as `program_name`, with `*` and `?`.")
        Map<String, String> attributes,

        @Setting(value = "Subject of the client's certificate, with `*` and `?`.", byDefault = Setting.NONE) @Nullable String tlsIdentity) {

    public RuleConfig {
        attributes = Map.copyOf(attributes);
    }
}
