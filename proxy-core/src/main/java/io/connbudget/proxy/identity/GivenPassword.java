package io.connbudget.proxy.identity;

import io.connbudget.proxy.config.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passwords from the configuration, the first that the database takes. Those that came from a file are read again when the
 * database refuses them. Thread-safe.
 */
final class GivenPassword implements ServerPassword {
    private static final Logger LOG = LoggerFactory.getLogger(GivenPassword.class);

    private final List<Secret> secrets;
    private int index;

    /** @param secrets at least one, in the order in which they are tried */
    GivenPassword(List<Secret> secrets) {
        if (secrets.isEmpty()) {
            throw new IllegalArgumentException("no password");
        }
        this.secrets = new ArrayList<>(secrets);
    }

    @Override
    public synchronized byte[] current() {
        return secrets.get(index).bytes();
    }

    @Override
    public synchronized boolean refused() {
        index = (index + 1) % secrets.size();
        // Back at the first one: all were refused.
        return index != 0;
    }

    @Override
    public boolean refresh() {
        List<Secret> known;
        synchronized (this) {
            known = List.copyOf(secrets);
        }
        boolean changed = false;
        for (int i = 0; i < known.size(); i++) {
            Path file = known.get(i).file();
            if (file == null) {
                continue;
            }
            try {
                Secret read = Secret.ofFile(file);
                if (!read.equals(known.get(i))) {
                    changed = true;
                    synchronized (this) {
                        secrets.set(i, read);
                        index = i;
                    }
                }
            } catch (IOException e) {
                LOG.warn(
                        "password file {} cannot be read again: {}",
                        file,
                        e.getClass().getSimpleName());
            }
        }
        return changed;
    }
}
