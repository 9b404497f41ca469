package io.connbudget.proxy.backend;

/** Where the password of the account at the database comes from; asked at each new physical connection, so that it can be rotated. */
@FunctionalInterface
public interface PasswordSource {
    /** A fresh copy, which the caller may overwrite. Called on a thread that may block. */
    char[] get();

    /**
     * The database refused what {@link #get} gave last: looks for another one. Called on a thread that may block.
     *
     * @return whether there is one, so that another attempt makes sense
     */
    default boolean refused() {
        return false;
    }

    /** A source that always gives this password; its {@code toString} does not show it. */
    static PasswordSource of(String password) {
        return new PasswordSource() {
            @Override
            public char[] get() {
                return password.toCharArray();
            }

            @Override
            public String toString() {
                return "PasswordSource[redacted]";
            }
        };
    }
}
