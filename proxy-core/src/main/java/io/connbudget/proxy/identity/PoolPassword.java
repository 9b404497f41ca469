package io.connbudget.proxy.identity;

import io.connbudget.proxy.backend.PasswordSource;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The password of the pool's account, as Connector/J takes it. Thread-safe. */
final class PoolPassword implements PasswordSource {
    private final ServerPassword password;

    PoolPassword(ServerPassword password) {
        this.password = password;
    }

    @Override
    public char[] get() {
        byte[] bytes = password.fresh();
        CharBuffer chars = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(bytes));
        Arrays.fill(bytes, (byte) 0);
        char[] copy = new char[chars.remaining()];
        chars.get(copy);
        Arrays.fill(chars.array(), '\0');
        return copy;
    }

    @Override
    public boolean refused() {
        return password.refused() || password.refresh();
    }

    @Override
    public String toString() {
        return "PoolPassword[redacted]";
    }
}
