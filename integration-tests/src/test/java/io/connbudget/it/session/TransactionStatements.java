package io.connbudget.it.session;

import static io.connbudget.it.session.ScriptGenerator.pick;
import static io.connbudget.it.session.ScriptGenerator.sql;

import java.util.List;
import java.util.Random;

/** Transactions, their characteristics and savepoints. */
final class TransactionStatements {
    private final DataStatements data = new DataStatements();

    void add(Random random, List<ScriptStep> steps) {
        if (random.nextInt(3) == 0) {
            data.add(random, steps);
            return;
        }
        if (random.nextInt(12) == 0) {
            addPrepared(random, steps);
            return;
        }
        steps.add(sql(pick(
                random,
                "BEGIN",
                "START TRANSACTION",
                "START TRANSACTION READ ONLY",
                "START TRANSACTION WITH CONSISTENT SNAPSHOT",
                "COMMIT",
                "COMMIT",
                "COMMIT",
                "ROLLBACK",
                "ROLLBACK",
                "COMMIT AND CHAIN",
                "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
                "SET TRANSACTION READ ONLY",
                "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE",
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
                "SET SESSION TRANSACTION READ WRITE",
                "SET autocommit=0",
                "SET autocommit=1",
                "SAVEPOINT a",
                "ROLLBACK TO SAVEPOINT a",
                "RELEASE SAVEPOINT a",
                "XA START '{db}'",
                "XA END '{db}'",
                "XA ROLLBACK '{db}'",
                "XA COMMIT '{db}' ONE PHASE",
                "XA RECOVER FORMAT = 'none'",
                "SELECT @@autocommit",
                "INSERT INTO g (v) VALUES (1)",
                "SELECT COUNT(*) FROM g")));
    }

    /** A distributed transaction to its end, since what it has locked would be waited for once it is detached. */
    private static void addPrepared(Random random, List<ScriptStep> steps) {
        steps.add(sql("XA START '{db}'"));
        steps.add(sql("INSERT INTO g (v) VALUES (" + random.nextInt(100) + ")"));
        steps.add(sql("XA END '{db}'"));
        steps.add(sql("XA PREPARE '{db}'"));
        if (random.nextBoolean()) {
            steps.add(sql("SELECT @@autocommit, 'detached'"));
        }
        steps.add(sql(random.nextBoolean() ? "XA COMMIT '{db}'" : "XA ROLLBACK '{db}'"));
        steps.add(sql("SELECT v FROM g ORDER BY id"));
    }
}
