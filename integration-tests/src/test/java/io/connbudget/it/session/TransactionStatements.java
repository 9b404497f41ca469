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
                "SELECT @@autocommit",
                "INSERT INTO g (v) VALUES (1)",
                "SELECT COUNT(*) FROM g")));
    }
}
