package io.connbudget.budget;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The cost of one decision. Run it, with the allocation per operation, by
 *
 * <pre>mvn -q -pl budget-policy test-compile exec:exec@benchmark</pre>
 */
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class BudgetBenchmark implements Budget.Listener {
    private static final int SOURCES = 640;

    /** Waiters in the queues; 0 measures the path on which nobody waits. */
    @Param({"0", "100", "100000"})
    public int waiters;

    @Param({"1", "8"})
    public int classes;

    private Budget budget;
    private Permit[] holding;
    private int next;
    private long now;
    private Permit granted;

    @Setup
    public void fill() {
        int total = 64;
        List<ClientClass> plan = new ArrayList<>();
        for (int i = 0; i < classes; i++) {
            plan.add(ClientClass.defaults("class" + i).withWeight(1 + i));
        }
        budget = new Budget(new BudgetPlan(total, plan), this);
        holding = new Permit[total];
        int held = waiters == 0 ? total - 1 : total;
        for (int i = 0; i < total; i++) {
            holding[i] = client(plan, i);
            if (i < held) {
                budget.request(holding[i], now);
            }
        }
        for (int i = 0; i < waiters; i++) {
            budget.request(client(plan, i), ++now);
        }
    }

    private Permit client(List<ClientClass> plan, int i) {
        return budget.newPermit(plan.get(i % classes), "host" + i % SOURCES, "client" + i);
    }

    @Override
    public void granted(Permit permit) {
        granted = permit;
    }

    @Override
    public void refused(Permit permit, Refusal refusal) {
        throw new AssertionError("time stands nearly still: " + refusal.message());
    }

    /**
     * One transaction: with waiters a holder gives back, the next waiter is granted and the holder queues again, so the queue
     * keeps its length; without, a permit is taken and given back.
     */
    @Benchmark
    public Object requestAndRelease() {
        now++;
        if (waiters == 0) {
            Permit p = holding[holding.length - 1];
            budget.request(p, now);
            budget.release(p, now);
            return p;
        }
        int slot = next++ & (holding.length - 1);
        Permit p = holding[slot];
        budget.release(p, now);
        holding[slot] = granted;
        budget.request(p, now);
        return granted;
    }
}
