package io.connbudget.it.session;

import static io.connbudget.it.session.ScriptGenerator.pick;

import io.connbudget.it.session.ScriptStep.Plain;
import io.connbudget.wire.Command;
import java.util.List;
import java.util.Random;

/** Commands of the protocol that carry no SQL. */
final class CommandSteps {
    void add(Random random, List<ScriptStep> steps) {
        steps.add(pick(
                random,
                new Plain(Command.INIT_DB, "{db}"),
                new Plain(Command.INIT_DB, "no_such_schema"),
                new Plain(Command.PING, ""),
                new Plain(Command.SET_OPTION, "\0\0"),
                new Plain(Command.SET_OPTION, "\1\0"),
                new Plain(Command.FIELD_LIST, "t\0"),
                new Plain(Command.RESET_CONNECTION, ""),
                new Plain(Command.STMT_EXECUTE, "\377\377\177\0\0\1\0\0\0"),
                new Plain(Command.STMT_RESET, "\377\377\177\0"),
                new Plain(Command.STMT_FETCH, "\377\377\177\0\1\0\0\0"),
                ScriptGenerator.sql(
                        pick(random, "KILL QUERY 4294967290", "KILL 4294967291", "KILL CONNECTION 4294967292")),
                new ScriptStep.ChangeUser(pick(random, 45, 8, 33), random.nextInt(3) > 0)));
    }
}
