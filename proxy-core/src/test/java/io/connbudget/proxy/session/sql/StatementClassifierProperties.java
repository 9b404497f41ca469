package io.connbudget.proxy.session.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class StatementClassifierProperties {
    private static final List<StatementTable.Row> ROWS = read();

    private final StatementClassifier classifier = new StatementClassifier();

    @Property(tries = 5000)
    void theWayTheBytesAreSplitChangesNothing(@ForAll("rows") StatementTable.Row row, @ForAll long seed) {
        byte[] sql = row.sql().getBytes(StandardCharsets.UTF_8);
        assertSame(inParts(sql, row.dialect(), new Random(seed), 4), whole(sql, row.dialect()), row.sql());
    }

    @Property(tries = 1000)
    void oneByteAtATimeChangesNothing(@ForAll("rows") StatementTable.Row row) {
        byte[] sql = row.sql().getBytes(StandardCharsets.UTF_8);
        assertSame(inParts(sql, row.dialect(), new Random(0), 1), whole(sql, row.dialect()), row.sql());
    }

    @Property(tries = 5000)
    void anyBytesAreClassifiedAndSplitTheSame(
            @ForAll("soup") byte[] sql, @ForAll("dialects") SqlDialect dialect, @ForAll long seed) {
        String text = new String(sql, StandardCharsets.ISO_8859_1);
        assertSame(inParts(sql, dialect, new Random(seed), 3), whole(sql, dialect), text);
    }

    @Property(tries = 2000)
    void randomBytesAreClassified(@ForAll byte[] sql, @ForAll("dialects") SqlDialect dialect) {
        assertThat(whole(sql, dialect)).isNotNull();
    }

    @Property(tries = 3000)
    void spaceCommentsAndCaseChangeNothing(@ForAll("rows") StatementTable.Row row, @ForAll long seed) {
        Random random = new Random(seed);
        StatementFacts plain = whole(row.sql().getBytes(StandardCharsets.UTF_8), row.dialect());
        String[] fillers = {" ", "\n", "\t\n ", "/* a ' b */", "-- x '\n", "# y \"\n", "/*!999999 ' */", "/**/"};
        String wrapped = fillers[random.nextInt(fillers.length)] + row.sql();
        boolean closed = !plain.has(Facts.UNTERMINATED) && !row.sql().contains("--");
        if (closed) {
            wrapped += " " + fillers[random.nextInt(fillers.length)];
        }
        assertThat(facts(wrapped, row)).as(wrapped).isEqualTo(row.facts());
        if (!row.sql().contains("'") && !row.sql().contains("`") && !row.sql().contains("/*")) {
            String upper = row.sql().toUpperCase(Locale.ROOT);
            String lower = row.sql().toLowerCase(Locale.ROOT);
            assertThat(facts(upper, row)).as(upper).isEqualTo(row.facts());
            assertThat(facts(lower, row)).as(lower).isEqualTo(row.facts());
            String spaced = row.sql().replace(" ", " " + fillers[random.nextInt(fillers.length)] + " ");
            if (!row.sql().contains("--")
                    && !row.sql().contains("#")
                    && !row.sql().contains("\"")) {
                assertThat(facts(spaced, row)).as(spaced).isEqualTo(row.facts());
            }
        }
    }

    @Provide
    Arbitrary<StatementTable.Row> rows() {
        return Arbitraries.of(ROWS);
    }

    /** Pieces that open and close things, glued in any order. */
    @Provide
    Arbitrary<byte[]> soup() {
        return Arbitraries.of(
                        "'",
                        "\"",
                        "`",
                        "\\",
                        "/*",
                        "*/",
                        "/*!",
                        "/*!50000",
                        "/*!99999",
                        "/*M!",
                        "--",
                        "-- ",
                        "#",
                        "\n",
                        " ",
                        "@",
                        "@@",
                        ":=",
                        ":",
                        "1",
                        "1e",
                        "1e5",
                        ".",
                        ".5",
                        "0x",
                        "a",
                        "GET_LOCK",
                        "(",
                        ")",
                        ",",
                        ";",
                        "SELECT",
                        "INTO",
                        "@x",
                        "SET",
                        "BEGIN",
                        "END",
                        "CREATE PROCEDURE p",
                        "IF",
                        "CASE",
                        "$$",
                        "[",
                        "\u0081",
                        "\u0095\\",
                        "\u00bf'",
                        "\u00bf0\u00bf0",
                        "\u0000",
                        "M",
                        "!",
                        "*",
                        "/",
                        "-",
                        "+",
                        "=",
                        "PREPARE s FROM",
                        "LAST_INSERT_ID(")
                .list()
                .ofMaxSize(30)
                .map(parts -> String.join("", parts).getBytes(StandardCharsets.ISO_8859_1));
    }

    @Provide
    Arbitrary<SqlDialect> dialects() {
        return Arbitraries.of(Encoding.values())
                .flatMap(encoding -> Arbitraries.integers()
                        .between(0, 7)
                        .map(bits -> new SqlDialect(
                                (bits & 1) != 0,
                                (bits & 1) != 0 ? 101119 : 90704,
                                (bits & 2) != 0,
                                (bits & 4) != 0,
                                false,
                                encoding)));
    }

    private List<String> facts(String sql, StatementTable.Row row) {
        return Facts.names(whole(sql.getBytes(StandardCharsets.UTF_8), row.dialect())
                        .facts())
                .stream()
                .sorted()
                .toList();
    }

    private StatementFacts whole(byte[] sql, SqlDialect dialect) {
        return classifier.classify(Unpooled.wrappedBuffer(sql), 0, sql.length, dialect);
    }

    private StatementFacts inParts(byte[] sql, SqlDialect dialect, Random random, int mostBytes) {
        StatementClassifier other = new StatementClassifier();
        other.begin(dialect);
        for (int from = 0; from < sql.length; ) {
            int length = Math.min(sql.length - from, random.nextInt(mostBytes) + 1);
            // A copy of its own each time: nothing of an earlier part may still be looked at.
            ByteBuf part = Unpooled.directBuffer().writeBytes(sql, from, length);
            other.feed(part, 0, length);
            part.setZero(0, length);
            part.release();
            from += length;
        }
        return other.end();
    }

    private static void assertSame(StatementFacts one, StatementFacts two, String sql) {
        assertThat(Facts.names(one.facts())).as(sql).isEqualTo(Facts.names(two.facts()));
        assertThat(one.verb()).isEqualTo(two.verb());
        assertThat(one.statements()).isEqualTo(two.statements());
        assertThat(one.assignedUserVariables()).isEqualTo(two.assignedUserVariables());
        assertThat(one.assignedLiteral()).isEqualTo(two.assignedLiteral());
        assertThat(one.takenLocks()).isEqualTo(two.takenLocks());
        assertThat(one.temporaryTables()).isEqualTo(two.temporaryTables());
        assertThat(one.droppedTables()).isEqualTo(two.droppedTables());
        assertThat(one.preparedNames()).isEqualTo(two.preparedNames());
        assertThat(one.killTarget()).isEqualTo(two.killTarget());
    }

    private static List<StatementTable.Row> read() {
        try {
            return StatementTable.rows();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
