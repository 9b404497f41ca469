package io.connbudget.proxy.lease;

import io.connbudget.proxy.backend.BackendConnection;
import io.connbudget.proxy.relay.ResponseRelay;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.Prologue;
import io.connbudget.proxy.session.ReplayRule;
import io.connbudget.wire.Command;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.message.ErrPacket;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes an attached backend equal to its client's session: another login where it runs as another account or a schema must
 * be left, then the prologue of the command. One per lease, used again for each command; owned by the client's event loop.
 */
final class Preparation {
    /** Where the prologue is after one of its answers. */
    enum Outcome {
        /** Another answer is to come. */
        MORE,
        /** The backend equals the session, and the command may go to it. */
        READY,
        /** The backend equals the session, and the command went with the prologue. */
        READY_AND_SENT,
        /** The server refused a step, and nothing of the client's was sent: {@link #takeError()}. */
        REFUSED,
        /** A step failed that cannot fail, and the command was sent behind it. */
        BROKEN
    }

    private final LeaseContext context;
    private final ClientPort client;
    private final LeasedSession leased;
    private final ResponseRelay relay;
    private @Nullable AccountSwitch accountSwitch;
    private boolean anotherPassword;
    private boolean brokenOff;
    private @Nullable Prologue prologue;
    private int step;
    private byte @Nullable [] error;
    /** Whether a step was refused that is not the one that prepares the statement. */
    private boolean othersRefused;

    Preparation(LeaseContext context, ClientPort client, LeasedSession leased, ResponseRelay relay) {
        this.context = context;
        this.client = client;
        this.leased = leased;
        this.relay = relay;
    }

    // ---------------------------------------------------------------- the login

    /** Whether another login comes first: always where the backend runs as another account. */
    private boolean needsSwitch(Backend b) {
        return Prologue.otherAccount(b.memory, leased.session())
                || (Prologue.needsChangeUser(b.memory, leased.session())
                        && leased.session().pins().isEmpty()
                        && !context.switches().off(ReplayRule.NO_SCHEMA));
    }

    /** What the server said of the session's account a moment ago, where the backend would have to be moved to it; else null. */
    byte @Nullable [] refusedLately(Backend b) {
        return needsSwitch(b)
                ? context.backendAccounts().of(leased.session().backendUser()).recentRefusal(System.nanoTime())
                : null;
    }

    /** Begins another login where one is needed; returns whether it did. */
    boolean switchAccount(Backend b) {
        if (!needsSwitch(b)) {
            return false;
        }
        BackendConnection connection = b.connection;
        BackendAccount account = context.backendAccounts().of(leased.session().backendUser());
        AccountSwitch exchange = new AccountSwitch(account, client.allocator(), connection.encrypted());
        accountSwitch = exchange;
        connection.channel().writeAndFlush(exchange.request());
        return true;
    }

    /** Whether the server has not yet decided about the login. */
    boolean switching() {
        return accountSwitch != null;
    }

    /**
     * Takes an answer of the login at {@code from}. Where it is the last one, {@link #switching} ends; a refusal is in
     * {@link #takeError}, unless {@link #takeAnotherPassword} or {@link #takeBrokenOff}.
     *
     * @return the index behind it, or {@code from} where it is not whole yet
     * @throws MalformedPacketException if it is none
     */
    int switchAnswered(Backend b, ByteBuf in, int from) {
        AccountSwitch exchange = Objects.requireNonNull(accountSwitch);
        int next = exchange.received(in, from);
        if (exchange.done() && next < in.writerIndex()) {
            throw new MalformedPacketException("bytes behind the answer to COM_CHANGE_USER");
        }
        ByteBuf reply = exchange.takeReply();
        if (reply != null) {
            b.connection.channel().writeAndFlush(reply);
        }
        error = exchange.error();
        if (error != null) {
            accountSwitch = null;
            brokenOff = exchange.brokenOff();
            anotherPassword = !brokenOff && exchange.account().refused(error);
        } else if (exchange.done()) {
            accountSwitch = null;
            exchange.account().accepted();
            b.memory.afterChangeUser(exchange.account().user(), null);
        }
        return next;
    }

    /** Whether the login was broken off, without a word about the account; forgotten by this call. */
    boolean takeBrokenOff() {
        boolean taken = brokenOff;
        brokenOff = false;
        return taken;
    }

    /** Whether the login that was refused may be tried with another password, on another backend; forgotten by this call. */
    boolean takeAnotherPassword() {
        boolean taken = anotherPassword;
        anotherPassword = false;
        return taken;
    }

    // ---------------------------------------------------------------- the prologue

    /** Takes the plan's prologue up; returns false where the command needs none. */
    boolean begin(Backend b) {
        prologue = leased.plan().prologue();
        step = 0;
        othersRefused = false;
        b.memory.lastSession(leased.session());
        return prologue != null;
    }

    /**
     * Writes the prologue without flushing.
     *
     * @return whether the command goes behind it in the same write; else its answers come first
     */
    boolean write(Backend b) {
        Prologue steps = Objects.requireNonNull(prologue);
        client.metrics().prologueBytes(steps.packets().readableBytes());
        b.connection.channel().write(steps.packets(), b.connection.channel().voidPromise());
        return !steps.confirm();
    }

    /** Goes on with the next answer of the prologue, where one is to come. */
    Outcome next(Backend b) {
        Prologue steps = Objects.requireNonNull(prologue);
        if (step < steps.expected().size()) {
            relay.begin(steps.expected().get(step++), 0, 0, ResponseRelay.Mode.SWALLOW);
            return Outcome.MORE;
        }
        prologue = null;
        if (error != null) {
            ClientSession session = leased.session();
            if (othersRefused && session.pins().isEmpty()) {
                b.memory.needReset();
            } else {
                // A reset would take what pins, whose backend was equal before. It is equal where all else was done:
                // what was set for the statement has been set back behind it.
                leased.plan().prologueDone(b.memory, steps);
            }
            if (!othersRefused && leased.plan().preparesAt(steps.expected().size() - 1)) {
                session.last().refusedThere();
            } else {
                session.last().answeredError();
            }
            return Outcome.REFUSED;
        }
        leased.plan().prologueDone(b.memory, steps);
        return steps.confirm() ? Outcome.READY : Outcome.READY_AND_SENT;
    }

    /** The relay has got one answer of the prologue whole. */
    Outcome answered(Backend b) {
        Prologue steps = Objects.requireNonNull(prologue);
        byte[] refusal = relay.swallowedError();
        if (steps.expected().get(step - 1) == Command.INIT_DB) {
            String schema = steps.nextSchema();
            if (refusal == null) {
                // Neither the refusal of another step nor the reset behind it takes it back.
                b.memory.state(b.memory.state().withSchema(schema));
            }
        }
        if (refusal == null) {
            // Behind a refused step the backend is reset, whatever the others did.
            if (error == null && leased.plan().stepDone(b.memory, steps, step - 1, relay.tracker())) {
                client.metrics().backendPrepare();
            }
            return next(b);
        }
        if (steps.confirm()) {
            error = refusal;
            othersRefused |= !leased.plan().preparesAt(step - 1);
            return next(b);
        }
        prologue = null;
        context.events()
                .prologueFailed(
                        leased.session(),
                        steps.expected().get(step - 1),
                        ErrPacket.decode(Unpooled.wrappedBuffer(refusal)));
        return Outcome.BROKEN;
    }

    /** Whether the server has more to say behind the answer that has just ended. */
    boolean moreAsked() {
        Prologue steps = prologue;
        return steps != null && (step < steps.expected().size() || !steps.confirm());
    }

    /** The payload of the ERR packet by which the server refused the login or a step, or null; forgotten by this call. */
    byte @Nullable [] takeError() {
        byte[] taken = error;
        error = null;
        return taken;
    }

    /** The backend is gone. */
    void abort() {
        accountSwitch = null;
        prologue = null;
        error = null;
    }
}
