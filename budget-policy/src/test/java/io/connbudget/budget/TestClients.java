package io.connbudget.budget;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A budget with a recording listener, and short ways to make clients for it. */
final class TestClients implements Budget.Listener {
    static final long MS = 1_000_000;

    final Budget budget;
    /** {@code +name} for a grant, {@code -name REASON} for a refusal, in order. */
    final List<String> events = new ArrayList<>();

    final List<Refusal> refusals = new ArrayList<>();

    /** Runs in the listener, after the event is recorded; tests put re-entrant calls here. */
    Budget.Listener then = new Budget.Listener() {
        @Override
        public void granted(Permit permit) {}

        @Override
        public void refused(Permit permit, Refusal refusal) {}
    };

    TestClients(int total, ClientClass... classes) {
        budget = new Budget(new BudgetPlan(total, List.of(classes)), this);
    }

    Permit client(ClientClass c, String source, String name) {
        return budget.newPermit(c, source, name);
    }

    /** Clients of one source that each hold a permit. */
    List<Permit> holders(ClientClass c, String source, int count, long now) {
        List<Permit> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Permit p = client(c, source, source + "-" + i);
            if (budget.request(p, now) != Decision.GRANTED) {
                throw new AssertionError("no permit is free for " + p);
            }
            all.add(p);
        }
        return all;
    }

    Permit waiter(ClientClass c, String source, String name, long now) {
        Permit p = client(c, source, name);
        if (budget.request(p, now) != Decision.QUEUED) {
            throw new AssertionError("does not wait: " + p);
        }
        return p;
    }

    @Override
    public void granted(Permit permit) {
        events.add("+" + permit.<String>owner());
        then.granted(permit);
    }

    @Override
    public void refused(Permit permit, Refusal refusal) {
        events.add("-" + permit.<String>owner() + " " + refusal.reason());
        refusals.add(refusal);
        then.refused(permit, refusal);
    }

    static ClientIdentity identity(String user, String source) {
        return identity(user, source, null, Map.of(), null);
    }

    static ClientIdentity identity(
            String user, String source, String schema, Map<String, String> attributes, String tlsIdentity) {
        try {
            return new ClientIdentity(user, InetAddress.getByName(source), schema, attributes, tlsIdentity);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
