package io.connbudget.proxy.config;

import io.connbudget.budget.Glob;
import java.util.ArrayList;
import java.util.List;

/** Names with the globs {@code *} and {@code ?}: a list in YAML, or one text with commas. Case counts. */
public record NameList(List<String> globs) {
    public NameList {
        globs = List.copyOf(globs);
    }

    /**
     * Reads {@code shop, shop_*}.
     *
     * @throws IllegalArgumentException if a part is empty
     */
    public static NameList parse(String text) {
        List<String> globs = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            if (part.isBlank()) {
                throw new IllegalArgumentException("an empty name");
            }
            globs.add(part.strip());
        }
        return new NameList(globs);
    }

    /** Whether one of the globs stands for the name. */
    public boolean matches(String name) {
        for (String glob : globs) {
            if (new Glob(glob).matches(name)) {
                return true;
            }
        }
        return false;
    }
}
