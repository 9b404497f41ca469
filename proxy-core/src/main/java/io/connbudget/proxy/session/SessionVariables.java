package io.connbudget.proxy.session;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the user variables of one session: values that can be replayed, names whose values must be read from
 * the backend first, and whether neither is possible. Owned by the client's event loop.
 */
public final class SessionVariables {
    /** The most variables of a session that are replayed. */
    private static final int MOST = 64;

    /** The most characters of SQL that they may take together. */
    private static final int MOST_CHARACTERS = 64 * 1024;

    private static final int LONGEST_NAME = 64;

    private UserVariables values = UserVariables.NONE;
    private @Nullable Set<String> unread;
    private int readers;
    private boolean unknown;

    public UserVariables values() {
        return values;
    }

    /** A statement may have assigned these. */
    void assigned(List<String> names) {
        if (names.isEmpty()) {
            unknown = true;
        }
        for (String name : names) {
            if (!plain(name)) {
                unknown = true;
                return;
            }
            if (unread == null) {
                unread = new LinkedHashSet<>(4);
            }
            unread.add(name.toLowerCase(Locale.ROOT));
        }
        unknown |= unread != null && unread.size() + values.size() > MOST;
    }

    /** Whether two names that differ letter by letter are two variables: servers equate letters with and without accents. */
    private static boolean plain(String name) {
        int length = name.length();
        if (length == 0 || length > LONGEST_NAME || name.charAt(length - 1) == ' ') {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = name.charAt(i);
            if (c < ' ' || c > '~') {
                return false;
            }
        }
        return true;
    }

    /** Names whose values only the backend knows. */
    public Set<String> unread() {
        return unread == null ? Set.of() : unread;
    }

    /**
     * Records what was read.
     *
     * @param expression see {@link UserVariableText#expression}; null: the value cannot be given to another backend
     */
    void read(String name, @Nullable String expression) {
        if (expression == null) {
            unknown = true;
        } else {
            values = values.with(name, expression);
            unknown |= values.length() > MOST_CHARACTERS;
        }
    }

    /** All that {@link #unread()} names was read. */
    void readDone() {
        unread = null;
    }

    /** A binary statement was prepared that names variables: MySQL keeps the types that they had then. */
    void readerPrepared() {
        readers++;
    }

    void readerClosed() {
        readers--;
    }

    /** Whether the session must stay where its variables are. */
    boolean keepBackend() {
        return unknown || readers > 0;
    }

    /** What only the backend knew is lost; statements that name variables are prepared again elsewhere. */
    void backendLost() {
        unread = null;
        unknown = false;
    }

    void clear() {
        values = UserVariables.NONE;
        unread = null;
        readers = 0;
        unknown = false;
    }
}
