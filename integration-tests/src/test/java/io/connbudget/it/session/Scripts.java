package io.connbudget.it.session;

import io.connbudget.it.session.ScriptGenerator.Script;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import java.util.List;
import java.util.stream.Stream;

/** Short words for scripts that are written by hand. */
final class Scripts {
    /** MariaDB's id of the statement prepared last; one that no MySQL knows. */
    static final String LAST_PREPARED = "\377\377\377\377";

    private Scripts() {}

    static ScriptStep execute(int slot, int flags) {
        return new ScriptStep.Execute(slot, flags, true, -1, List.of(ScriptStep.Value.integer(3, 4, 1)));
    }

    static ScriptStep fetch(int slot) {
        return new ScriptStep.OnStatement(Command.STMT_FETCH, slot, 1, null);
    }

    /** @param rest the body behind the statement's id */
    static ScriptStep onLastPrepared(Command command, String rest) {
        return new ScriptStep.Plain(command, LAST_PREPARED + rest);
    }

    static Script steps(ScriptStep... steps) {
        return new Script(RawClient.BASE | Capabilities.DEPRECATE_EOF, 45, List.of(steps));
    }

    static Script sql(String... statements) {
        return Conformance.script(Capabilities.DEPRECATE_EOF, statements);
    }

    static Script sql(String first, String[] others) {
        return sql(Stream.concat(Stream.of(first), Stream.of(others)).toArray(String[]::new));
    }

    static String[] looks(String statement) {
        return new String[] {statement, statement, statement, statement, statement, statement};
    }
}
