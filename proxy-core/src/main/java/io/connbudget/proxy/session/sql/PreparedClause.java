package io.connbudget.proxy.session.sql;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** SQL PREPARE, EXECUTE, EXECUTE IMMEDIATE and DEALLOCATE PREPARE. */
final class PreparedClause extends Clause {
    private static final int DEEPEST_NESTING = 3;

    private static final int NAME = 0;
    private static final int FROM = 1;
    private static final int TEXT = 2;
    private static final int USING = 3;

    private int verb;
    private int state;
    private String name = "";
    private @Nullable String text;
    private boolean immediate;
    private boolean unknown;
    private boolean using;

    PreparedClause(FactsCollector out) {
        super(out);
    }

    @Override
    void begin(int verbCode) {
        verb = verbCode;
        state = NAME;
        name = "";
        text = null;
        immediate = false;
        unknown = false;
        using = false;
        out.add(
                switch (verbCode) {
                    case Code.PREPARE -> Facts.SQL_PREPARE;
                    case Code.EXECUTE -> Facts.SQL_EXECUTE;
                    default -> Facts.SQL_DEALLOCATE;
                });
    }

    @Override
    void token(Token token) {
        switch (state) {
            case NAME -> {
                if (verb == Code.EXECUTE && token.code == Code.IMMEDIATE) {
                    immediate = true;
                    state = TEXT;
                } else if (token.isName() && (verb != Code.DEALLOCATE || token.code != Code.PREPARE)) {
                    name = token.text();
                    state = verb == Code.PREPARE ? FROM : USING;
                }
            }
            case FROM -> {
                if (token.code == Code.FROM) {
                    state = TEXT;
                }
            }
            case TEXT -> {
                if (token.code == Code.USING && text != null) {
                    state = USING;
                    using = true;
                } else if (token.code == Code.STRING && text == null && !token.cut) {
                    text = token.text();
                } else {
                    unknown = true;
                }
            }
            default -> {
                if (token.code == Code.USER_VARIABLE) {
                    out.found.usingVariable(token.text());
                }
            }
        }
    }

    @Override
    void end() {
        if (verb == Code.PREPARE) {
            StatementFacts contents = contents();
            if (contents.has(Facts.PREPARED_TEXT_UNKNOWN)) {
                out.add(Facts.PREPARED_TEXT_UNKNOWN);
            }
            out.found.prepared(name, contents);
        } else if (verb == Code.DEALLOCATE) {
            out.found.deallocated(name);
        } else if (immediate) {
            StatementFacts contents = contents();
            out.add(contents.facts());
            out.found.include(contents);
            if (using && contents.has(Facts.CALLS_ROUTINE)) {
                // OUT parameters: the names are in usingVariables.
                out.add(Facts.ASSIGNS_USER_VARIABLE);
            }
        } else {
            out.found.executed(name);
        }
    }

    private StatementFacts contents() {
        if (text == null
                || unknown
                || out.nesting >= DEEPEST_NESTING
                || out.dialect.encoding() != Encoding.ASCII_SAFE) {
            return new StatementFacts(Facts.PREPARED_TEXT_UNKNOWN, "OTHER", 1, StatementFacts.Names.NONE);
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return TextReader.read(bytes, out.dialect, out.nesting + 1);
    }
}
