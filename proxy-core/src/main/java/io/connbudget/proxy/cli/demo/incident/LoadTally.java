package io.connbudget.proxy.cli.demo.incident;

import java.util.SortedMap;
import java.util.TreeMap;

/** The counts of one worker process. Used from its one event loop only. */
final class LoadTally {
    private final SortedMap<Integer, Long> errors = new TreeMap<>();
    private long opened;
    private long held;
    private long finished;
    private long transactions;

    void opened() {
        opened++;
        held++;
    }

    void closed() {
        held--;
    }

    void finished() {
        finished++;
    }

    void committed() {
        transactions++;
    }

    void failed(int code) {
        errors.merge(code, 1L, Long::sum);
    }

    LoadReport report() {
        return new LoadReport(opened, held, finished, transactions, new TreeMap<>(errors));
    }
}
