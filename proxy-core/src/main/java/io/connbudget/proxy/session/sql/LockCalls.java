package io.connbudget.proxy.session.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * Knows which named locks a statement takes or releases for certain: only where it is a bare list of such calls with literal names,
 * {@code SELECT GET_LOCK('a', 1) AS x, RELEASE_LOCK('b')}. Anything else may call them never or once for each row.
 */
final class LockCalls {
    private static final int OFF = 0;
    private static final int NAME = 1;
    private static final int AFTER_NAME = 2;
    private static final int TIMEOUT = 3;
    private static final int CLOSING = 4;
    private static final int ALIAS = 5;
    private static final int NEXT = 6;
    private static final int OPENING = 7;
    private static final int AFTER_AS = 8;

    private final FactsCollector out;
    private final List<String> taken = new ArrayList<>();
    private final List<String> released = new ArrayList<>();
    private int state;
    private int function;
    private boolean releasesAll;
    private boolean uncertain;

    LockCalls(FactsCollector out) {
        this.out = out;
    }

    void forget() {
        if (state != OFF || uncertain) {
            state = OFF;
            uncertain = false;
            releasesAll = false;
            taken.clear();
            released.clear();
        }
    }

    /** A parenthesis opens behind one of the functions; first means it is the first item of SELECT or DO. */
    void called(int functionCode, boolean first) {
        if (state == OFF && first && !uncertain && out.verbIsSelectOrDo()) {
            function = functionCode;
            state = functionCode == Code.RELEASE_ALL_LOCKS ? CLOSING : NAME;
        } else if (state == OFF) {
            uncertain = true;
        }
    }

    void token(Token token) {
        if (state == OFF) {
            return;
        }
        int code = token.code;
        int next =
                switch (state) {
                    case NAME -> name(token);
                    case AFTER_NAME -> {
                        if (function == Code.GET_LOCK) {
                            yield code == ',' ? TIMEOUT : OFF;
                        }
                        yield code == ')' ? ALIAS : OFF;
                    }
                    case TIMEOUT -> code == '-' ? TIMEOUT : code == Code.NUMBER ? CLOSING : OFF;
                    case CLOSING -> code == ')' ? ALIAS : OFF;
                    case ALIAS -> alias(token);
                    case AFTER_AS -> token.isName() || code == Code.STRING ? ALIAS : OFF;
                    case NEXT -> {
                        function = code;
                        yield code >= Code.GET_LOCK ? OPENING : OFF;
                    }
                    default -> code != '(' ? OFF : function == Code.RELEASE_ALL_LOCKS ? CLOSING : NAME;
                };
        if (next == OFF) {
            uncertain = true;
        } else if (next == ALIAS && state == CLOSING && function == Code.RELEASE_ALL_LOCKS) {
            releasesAll = true;
        }
        state = next;
    }

    private int name(Token token) {
        if (token.code != Code.STRING || token.cut) {
            return OFF;
        }
        (function == Code.GET_LOCK ? taken : released).add(token.text());
        return AFTER_NAME;
    }

    private static int alias(Token token) {
        if (token.code == ',') {
            return NEXT;
        }
        boolean plainName = token.code == Code.QUOTED_NAME || (token.code == Code.WORD && token.word == null);
        return token.code == Code.AS ? AFTER_AS : plainName ? ALIAS : OFF;
    }

    /** The statement ends: what is certain becomes known. */
    void end() {
        if (state == ALIAS && !uncertain) {
            taken.forEach(out.found::takenLock);
            released.forEach(out.found::releasedLock);
            if (releasesAll) {
                out.add(Facts.RELEASES_ALL_NAMED_LOCKS);
            }
        }
    }
}
