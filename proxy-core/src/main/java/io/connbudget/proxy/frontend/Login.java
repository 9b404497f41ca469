package io.connbudget.proxy.frontend;

import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.identity.Account;
import io.connbudget.proxy.identity.PassThrough;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.connbudget.wire.auth.CachingSha2Password;
import io.connbudget.wire.auth.NativePassword;
import io.connbudget.wire.auth.RsaPassword;
import io.connbudget.wire.message.AuthMoreData;
import io.connbudget.wire.message.AuthSwitchRequest;
import io.connbudget.wire.message.ErrPacket;
import io.connbudget.wire.message.HandshakeV10;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
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
 *     |                             \--pass-through: the clear password--> ASKING --the database says--> ACCEPTED
 *     '--anything that does not verify------------------------------> REFUSED
 * </pre>
 *
 * <p>An unknown account goes the way of a known one to its end (see {@link io.connbudget.proxy.identity.Accounts}), and so
 * does one that may not come from this address or with this certificate.
 */
final class Login {
    static final String NATIVE = NativePassword.PLUGIN;
    static final String CACHING_SHA2 = CachingSha2Password.PLUGIN;

    /** Where the exchange is. */
    enum State {
        SWITCHED,
        FULL,
        KEY,
        ASKING,
        ACCEPTED,
        REFUSED
    }

    private final FrontendContext context;
    private final String user;
    private final Peer peer;
    private final Account account;
    /** The database decides: the configuration does not have the account. */
    private final boolean passed;

    private byte[] nonce;
    private boolean usedPassword;
    private State state = State.SWITCHED;
    private @Nullable Message reply;
    /** What the database is to be asked about. */
    private byte @Nullable [] asked;

    private boolean unreachable;
    private boolean clientsFault = true;
    private @Nullable ErrPacket databaseRefusal;

    Login(FrontendContext context, String user, Peer peer, byte[] nonce) {
        this.context = context;
        this.user = user;
        this.peer = peer;
        this.nonce = nonce;
        this.account = context.identity().accounts().orNobody(user);
        this.passed = context.identity().passThrough().on() && !account.name().equals(user);
    }

    State state() {
        return state;
    }

    /** What is known of the client beside its name. */
    Peer peer() {
        return peer;
    }

    /** What must be sent to the client before it goes on, or null. */
    @Nullable Message takeReply() {
        Message taken = reply;
        reply = null;
        return taken;
    }

    ErrorReport refusal() {
        return unreachable
                ? ErrorReport.databaseUnreachable("the database", "it could not be asked about the password")
                : ErrorReport.accessDenied(user, peer.source().getHostAddress(), usedPassword);
    }

    /** The database's own error in the place of {@link #refusal}: it does not let the account in, whatever the password. */
    @Nullable ErrPacket databaseRefusal() {
        return databaseRefusal;
    }

    /** Whether a refusal counts against the client's address: not that of a right password, nor where the database is away. */
    boolean clientsFault() {
        return clientsFault;
    }

    /** The account of the configuration, null where the database has verified the login. */
    @Nullable Account account() {
        return passed ? null : account;
    }

    /** The account at the database. */
    String backendUser() {
        return passed ? user : account.backendUser();
    }

    /** The first answer, which came with the login; a plugin that is null is {@link #NATIVE}. */
    void begin(@Nullable String plugin, byte[] answer) {
        String used = plugin == null ? NATIVE : plugin;
        if ((used.equals(CACHING_SHA2) && servesSha2()) || (used.equals(NATIVE) && !passed && account.servesNative())) {
            verify(used, answer);
        } else {
            beginAnew();
        }
    }

    /** COM_CHANGE_USER: the client always computes with a nonce of now. */
    void beginAnew() {
        nonce = HandshakeV10.newNonce(context.random());
        state = State.SWITCHED;
        reply = new AuthSwitchRequest(plugin(), nonce);
    }

    private boolean servesSha2() {
        return passed || account.servesSha2();
    }

    private String plugin() {
        return servesSha2() ? CACHING_SHA2 : NATIVE;
    }

    /** Whether what the next packet asks for takes milliseconds: hashes by the thousand, RSA. */
    boolean nextIsSlow() {
        return state == State.FULL || state == State.KEY;
    }

    /** The payload of another packet of the client's; it is overwritten. */
    void received(byte[] data) {
        try {
            switch (state) {
                case SWITCHED -> verify(plugin(), data);
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
        if (passed) {
            verifyPassed(answer, empty);
        } else if (empty) {
            decide(account.emptyPassword());
        } else if (plugin.equals(NATIVE)) {
            decide(account.verifyNative(answer, nonce));
        } else if (account.verifyFast(answer, nonce) && admitted()) {
            fastAccepted();
        } else if (account.mayNeedClear()) {
            needClear();
        } else {
            state = State.REFUSED;
        }
    }

    private void verifyPassed(byte[] answer, boolean empty) {
        if (empty) {
            ask(new byte[0]);
        } else if (context.identity().passThrough().verifyFast(user, answer, nonce, System.nanoTime())) {
            fastAccepted();
        } else {
            needClear();
        }
    }

    private void fastAccepted() {
        state = State.ACCEPTED;
        reply = new AuthMoreData(new byte[] {CachingSha2Password.FAST_AUTH_SUCCESS});
    }

    private void needClear() {
        state = State.FULL;
        reply = new AuthMoreData(new byte[] {CachingSha2Password.PERFORM_FULL_AUTHENTICATION});
    }

    private void full(byte[] data) {
        if (peer.encrypted()) {
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

    /** @param password with the zero byte that ends it, or without */
    private void decideClear(byte[] password) {
        int length = password.length > 0 && password[password.length - 1] == 0 ? password.length - 1 : password.length;
        byte[] clear = Arrays.copyOf(password, length);
        if (passed) {
            ask(clear);
            return;
        }
        decide(account.verifyClear(clear));
        Arrays.fill(clear, (byte) 0);
    }

    private void ask(byte[] clear) {
        asked = clear;
        state = State.ASKING;
    }

    /**
     * In {@link State#ASKING}: asks the database. The outcome comes on another thread and belongs into {@link #answered}.
     *
     * @param wanted whether the client still waits; asked on another thread
     */
    void ask(BooleanSupplier wanted, Consumer<PassThrough.Verdict> outcome) {
        byte[] clear = asked;
        asked = null;
        if (clear == null) {
            throw new IllegalStateException("nothing to ask");
        }
        context.identity().passThrough().verify(user, clear, wanted, outcome);
    }

    /** What the database said. */
    void answered(PassThrough.Verdict verdict) {
        unreachable = !verdict.known();
        clientsFault = verdict.clientsFault();
        databaseRefusal = verdict.error();
        state = verdict.accepted() ? State.ACCEPTED : State.REFUSED;
    }

    private void decide(boolean verified) {
        state = verified && admitted() ? State.ACCEPTED : State.REFUSED;
    }

    /** Whether the account may come from this address with this certificate; one that may not looks like a wrong password. */
    private boolean admitted() {
        return passed || account.admits(peer.source(), peer.certificate());
    }
}
