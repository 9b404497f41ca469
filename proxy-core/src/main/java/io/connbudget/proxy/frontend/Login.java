package io.connbudget.proxy.frontend;

import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.connbudget.wire.auth.CachingSha2Password;
import io.connbudget.wire.auth.NativePassword;
import io.connbudget.wire.auth.RsaPassword;
import io.connbudget.wire.message.AuthMoreData;
import io.connbudget.wire.message.AuthSwitchRequest;
import io.connbudget.wire.message.HandshakeV10;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The authentication of one client, at login or within COM_CHANGE_USER. One thread at a time: the client's event loop, and
 * where {@link #nextIsSlow} another one for one call of {@link #received}.
 *
 * <pre>
 *   begin --answer verifies---------------------------------------> ACCEPTED
 *     |  \--answer of another plugin--> SWITCHED --answer--> (as begin)
 *     |   \--stored hash only--> FULL --clear password (TLS)------> ACCEPTED
 *     |                            \--asks for key--> KEY --RSA---> ACCEPTED
 *     '--anything that does not verify------------------------------> REFUSED
 * </pre>
 */
final class Login {
    static final String NATIVE = "mysql_native_password";
    static final String CACHING_SHA2 = "caching_sha2_password";

    /** Where the exchange is. */
    enum State {
        SWITCHED,
        FULL,
        KEY,
        ACCEPTED,
        REFUSED
    }

    private final FrontendContext context;
    private final String user;
    private final String source;
    private final Account account;
    private final boolean encrypted;
    private byte[] nonce;
    private boolean switched;
    private boolean usedPassword;
    private State state = State.SWITCHED;
    private @Nullable Message reply;

    /**
     * @param source the client's host, for the error's text
     * @param encrypted whether the client's connection has TLS
     */
    Login(FrontendContext context, String user, String source, boolean encrypted, byte[] nonce) {
        this.context = context;
        this.user = user;
        this.source = source;
        this.encrypted = encrypted;
        this.nonce = nonce;
        this.account = context.accounts().orNobody(user);
    }

    State state() {
        return state;
    }

    /** What must be sent to the client before it goes on, or null. */
    @Nullable Message takeReply() {
        Message taken = reply;
        reply = null;
        return taken;
    }

    ErrorReport refusal() {
        return ErrorReport.accessDenied(user, source, usedPassword);
    }

    /** The first answer, which came with the login; a plugin that is null is {@link #NATIVE}. */
    void begin(@Nullable String plugin, byte[] answer) {
        String used = plugin == null ? NATIVE : plugin;
        if ((used.equals(CACHING_SHA2) && account.servesSha2())
                || (used.equals(NATIVE) && account.nativeHash() != null)) {
            verify(used, answer);
        } else {
            switchTo(account.servesSha2() ? CACHING_SHA2 : NATIVE);
        }
    }

    /** COM_CHANGE_USER: the client always computes with a nonce of now. */
    void beginAnew() {
        switchTo(account.servesSha2() ? CACHING_SHA2 : NATIVE);
    }

    private void switchTo(String plugin) {
        nonce = HandshakeV10.newNonce(context.random());
        switched = true;
        state = State.SWITCHED;
        reply = new AuthSwitchRequest(plugin, nonce);
    }

    /** Whether what the next packet asks for takes milliseconds: hashes by the thousand, RSA. */
    boolean nextIsSlow() {
        return state == State.FULL || state == State.KEY;
    }

    /** The payload of another packet of the client's; it is overwritten. */
    void received(byte[] data) {
        try {
            switch (state) {
                case SWITCHED -> verify(account.servesSha2() ? CACHING_SHA2 : NATIVE, data);
                case FULL -> full(data);
                case KEY -> decrypted(data);
                default -> throw new MalformedPacketException("a packet after the login had ended");
            }
        } finally {
            Arrays.fill(data, (byte) 0);
        }
    }

    private void verify(String plugin, byte[] answer) {
        // For caching_sha2_password some clients send no password as the zero byte that ends it.
        boolean empty = answer.length == 0 || (answer.length == 1 && answer[0] == 0);
        usedPassword = !empty;
        if (empty || account.emptyPassword()) {
            state = empty && account.emptyPassword() ? State.ACCEPTED : State.REFUSED;
            return;
        }
        if (plugin.equals(NATIVE)) {
            byte[] hash = account.nativeHash();
            decide(hash != null && NativePassword.verify(answer, nonce, hash));
            return;
        }
        byte[] hash = account.fastHash();
        if (hash == null) {
            state = State.FULL;
            reply = new AuthMoreData(new byte[] {CachingSha2Password.PERFORM_FULL_AUTHENTICATION});
        } else if (CachingSha2Password.verify(answer, nonce, hash)) {
            state = State.ACCEPTED;
            reply = new AuthMoreData(new byte[] {CachingSha2Password.FAST_AUTH_SUCCESS});
        } else {
            state = State.REFUSED;
        }
    }

    private void full(byte[] data) {
        if (encrypted) {
            decideClear(data);
        } else if (data.length == 1 && data[0] == CachingSha2Password.REQUEST_PUBLIC_KEY) {
            state = State.KEY;
            reply = new AuthMoreData(RsaPassword.toPem(context.rsa().get().getPublic()));
        } else {
            // A password in clear over a connection that anybody can read is not taken.
            state = State.REFUSED;
        }
    }

    private void decrypted(byte[] data) {
        KeyPair keys = context.rsa().get();
        try {
            decideClear(RsaPassword.decrypt(data, nonce, keys.getPrivate()));
        } catch (GeneralSecurityException e) {
            state = State.REFUSED;
        }
    }

    /** @param password with the zero byte that ends it */
    private void decideClear(byte[] password) {
        int length = password.length > 0 && password[password.length - 1] == 0 ? password.length - 1 : password.length;
        byte[] clear = Arrays.copyOf(password, length);
        decide(account.verifyClear(clear));
        Arrays.fill(clear, (byte) 0);
    }

    private void decide(boolean verified) {
        state = verified ? State.ACCEPTED : State.REFUSED;
    }

    boolean switched() {
        return switched;
    }
}
