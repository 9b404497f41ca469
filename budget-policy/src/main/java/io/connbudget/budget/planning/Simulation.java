package io.connbudget.budget.planning;

import io.connbudget.budget.Budget;
import io.connbudget.budget.BudgetPlan;
import io.connbudget.budget.ClientClass;
import io.connbudget.budget.Decision;
import io.connbudget.budget.Permit;
import io.connbudget.budget.Refusal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The policy itself, {@link Budget}, on virtual time: loads ask, hold and release, and deadlines are kept to the nanosecond.
 * One seed always gives one result. A run is used once, by one thread.
 */
public final class Simulation implements Budget.Listener {
    private final BudgetPlan plan;
    private final Budget budget;
    private final Agenda agenda = new Agenda();
    private final SplittableRandom random;
    private final List<LoadResult> results = new ArrayList<>();
    private long now;
    private int peakInUse;

    /** @throws IllegalArgumentException if a load names a class that the plan has not */
    public Simulation(BudgetPlan plan, List<Load> loads, long seed) {
        this.plan = plan;
        this.budget = new Budget(plan, this);
        this.random = new SplittableRandom(seed);
        for (Load load : loads) {
            LoadResult result = new LoadResult(load.name(), load.clientClass());
            results.add(result);
            start(load, result, classNamed(load.clientClass()));
        }
    }

    private void start(Load load, LoadResult result, ClientClass clientClass) {
        if (load instanceof Load.Closed closed) {
            for (int i = 0; i < closed.sources() * closed.clientsPerSource(); i++) {
                Refusal refusal = budget.admit(clientClass).refusal();
                if (refusal != null) {
                    result.refused(refusal);
                    continue;
                }
                Client client = new Client(result, clientClass, source(load, i % closed.sources()), closed);
                agenda.add(client, closed.startNanos() + exponential(closed.thinkNanos()));
            }
        } else if (load instanceof Load.Open open) {
            Generator generator = new Generator(result, clientClass) {
                @Override
                void act(long nowNanos) {
                    ask(source(open, random.nextInt(open.sources())), 1 + exponential(open.transactionNanos()));
                    long next = nowNanos + 1 + exponential((long) (1e9 / open.perSecond()));
                    if (next < open.endNanos()) {
                        agenda.add(this, next);
                    }
                }
            };
            agenda.add(generator, open.startNanos());
        } else if (load instanceof Load.Recorded recorded
                && !recorded.arrivals().isEmpty()) {
            Generator generator = new Generator(result, clientClass) {
                private int next;

                @Override
                void act(long nowNanos) {
                    Load.Arrival arrival = recorded.arrivals().get(next++);
                    ask(arrival.source(), arrival.transactionNanos());
                    if (next < recorded.arrivals().size()) {
                        agenda.add(
                                this,
                                Math.max(nowNanos, recorded.arrivals().get(next).atNanos()));
                    }
                }
            };
            agenda.add(generator, recorded.arrivals().get(0).atNanos());
        }
    }

    /**
     * Runs until the given time; what is under way then is left out of the result.
     *
     * @return one result for each load, in their order
     */
    public List<LoadResult> run(long endNanos) {
        for (Agenda.Actor actor = agenda.poll(); actor != null && actor.at <= endNanos; actor = agenda.poll()) {
            long at = actor.at;
            refuseUntil(at);
            now = at;
            actor.act(at);
        }
        refuseUntil(endNanos);
        return List.copyOf(results);
    }

    /** Deadlines that come before the next event are kept when they come. */
    private void refuseUntil(long time) {
        for (long deadline = budget.nextDeadlineNanos(); deadline <= time; deadline = budget.nextDeadlineNanos()) {
            now = deadline;
            budget.expire(deadline);
        }
    }

    /** The results put together by client class, in the order in which the classes first appear. */
    public Map<String, LoadResult> byClass() {
        Map<String, LoadResult> classes = new LinkedHashMap<>();
        for (LoadResult result : results) {
            classes.computeIfAbsent(result.clientClass(), name -> new LoadResult(name, name))
                    .addAll(result);
        }
        return classes;
    }

    /** Most permits that were in use at once. */
    public int peakInUse() {
        return peakInUse;
    }

    @Override
    public void granted(Permit permit) {
        permit.<Client>owner().begin(now - permit.waitingSinceNanos());
    }

    @Override
    public void refused(Permit permit, Refusal refusal) {
        permit.<Client>owner().refused(refusal);
    }

    /** A client: asks, holds, releases; then thinks and asks again, or goes back to its generator. */
    private class Client extends Agenda.Actor {
        private final LoadResult result;
        private final Load.@Nullable Closed loop;
        private final Permit permit;
        private final ArrayDeque<Client> idle;
        private long holdNanos;

        Client(LoadResult result, ClientClass clientClass, String source, Load.Closed loop) {
            this.result = result;
            this.loop = loop;
            this.idle = new ArrayDeque<>(0);
            this.permit = budget.newPermit(clientClass, source, this);
        }

        Client(LoadResult result, ClientClass clientClass, String source, ArrayDeque<Client> idle) {
            this.result = result;
            this.loop = null;
            this.idle = idle;
            this.permit = budget.newPermit(clientClass, source, this);
        }

        @Override
        void act(long nowNanos) {
            if (permit.isGranted()) {
                budget.release(permit, nowNanos);
                rest(loop == null ? 0 : exponential(loop.thinkNanos()));
            } else {
                ask(loop == null ? holdNanos : 1 + exponential(loop.transactionNanos()));
            }
        }

        void ask(long hold) {
            holdNanos = hold;
            Decision decision = budget.request(permit, now);
            if (decision == Decision.GRANTED) {
                begin(0);
            } else if (decision == Decision.REJECTED) {
                refused(budget.lastRefusal());
            }
        }

        void begin(long waitNanos) {
            result.granted(waitNanos, holdNanos);
            peakInUse = Math.max(peakInUse, budget.inUse());
            agenda.add(this, now + holdNanos);
        }

        void refused(Refusal refusal) {
            result.refused(refusal);
            rest(loop == null ? 0 : Math.max(1, loop.retryNanos()));
        }

        private void rest(long nanos) {
            if (loop == null) {
                idle.push(this);
            } else if (now + nanos < loop.endNanos()) {
                agenda.add(this, now + nanos);
            }
        }
    }

    /** Makes requests on clients of its own, as many as are busy at once. */
    private abstract class Generator extends Agenda.Actor {
        private final LoadResult result;
        private final ClientClass clientClass;
        private final Map<String, ArrayDeque<Client>> idleBySource = new HashMap<>();

        Generator(LoadResult result, ClientClass clientClass) {
            this.result = result;
            this.clientClass = clientClass;
        }

        void ask(String source, long hold) {
            ArrayDeque<Client> idle = idleBySource.computeIfAbsent(source, s -> new ArrayDeque<>());
            Client client = idle.poll();
            if (client == null) {
                Refusal refusal = budget.admit(clientClass).refusal();
                if (refusal != null) {
                    result.refused(refusal);
                    return;
                }
                client = new Client(result, clientClass, source, idle);
            }
            client.ask(hold);
        }
    }

    private long exponential(long meanNanos) {
        return meanNanos == 0 ? 0 : (long) (-(double) meanNanos * Math.log(1 - random.nextDouble()));
    }

    private static String source(Load load, int index) {
        return load.name() + "-" + index;
    }

    private ClientClass classNamed(String name) {
        return plan.classes().stream()
                .filter(c -> c.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("load: class '" + name + "' is not in the plan"));
    }
}
