package io.connbudget.proxy.lease;

import io.connbudget.wire.Command;

/** What stands behind the codes of commands. */
final class CommandBodies {
    private CommandBodies() {}

    /** What a command must have behind its code to be read here, in bytes. */
    static int leastBytes(Command command) {
        return switch (command) {
            case STMT_EXECUTE -> 9;
            case STMT_FETCH -> 8;
            case STMT_SEND_LONG_DATA -> 6;
            case STMT_CLOSE, STMT_RESET, PROCESS_KILL -> 4;
            case SET_OPTION -> 2;
            default -> 0;
        };
    }
}
