package io.connbudget.budget.planning;

import io.connbudget.budget.BudgetPlan;
import io.connbudget.budget.ClientClass;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The wall time of one simulated transaction, with 12,800 clients of 640 hosts in three classes on 64 backends. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 3)
@Fork(1)
@State(Scope.Thread)
public class SimulationBenchmark {
    private static final int TRANSACTIONS = 1_280_000;

    @Benchmark
    @OperationsPerInvocation(TRANSACTIONS)
    public List<LoadResult> oneTransaction() {
        ClientClass a = ClientClass.defaults("a").withWeight(3);
        ClientClass b = ClientClass.defaults("b").withWeight(2);
        long ms = 1_000_000;
        // 64 backends do 64,000 transactions of 1 ms a second.
        return new Simulation(
                        new BudgetPlan(64, List.of(a, b)),
                        List.of(
                                new Load.Closed("a", "a", 320, 20, ms, 0, ms, 0, Long.MAX_VALUE),
                                new Load.Closed("b", "b", 160, 20, ms, 0, ms, 0, Long.MAX_VALUE),
                                new Load.Closed("c", "default", 160, 20, ms, 0, ms, 0, Long.MAX_VALUE)),
                        1)
                .run(20_000 * ms);
    }
}
