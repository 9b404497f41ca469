package io.connbudget.proxy.session.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StatementClassifierTest {
    private final StatementClassifier classifier = new StatementClassifier();

    static List<StatementTable.Row> rows() throws IOException {
        return StatementTable.rows();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void findsTheFactsOfTheTable(StatementTable.Row row) {
        StatementFacts facts = classify(row.sql(), row.dialect());
        assertThat(new TreeSet<>(Facts.names(facts.facts()))).containsExactlyElementsOf(row.facts());
    }

    @Test
    void tableIsAsLongAsPromised() throws IOException {
        assertThat(StatementTable.rows()).hasSizeGreaterThan(450);
    }

    @Test
    void namesAssignedVariables() {
        assertThat(classify("SELECT @a:=1, @`b c`:=2, @d").assignedUserVariables())
                .containsExactly("a", "b c");
        assertThat(classify("SELECT 1,2 INTO @x, @'y' FROM t WHERE a=@z").assignedUserVariables())
                .containsExactly("x", "y");
        assertThat(classify("SET @a=1, @b=@c, sql_mode=''").assignedUserVariables())
                .containsExactly("a", "b");
        assertThat(classify("CALL p(@a, @b)").assignedUserVariables()).containsExactly("a", "b");
    }

    @Test
    void namesVariablesOfOneStatement() {
        assertThat(classify(
                                "SET STATEMENT Sql_Mode='', sort_buffer_size=100 FOR SET div_precision_increment=7",
                                StatementTable.MARIADB)
                        .statementVariables())
                .containsExactly("sql_mode", "sort_buffer_size");
        assertThat(classify("SET sql_mode='', sort_buffer_size=100").statementVariables())
                .isEmpty();
        String hint = "SELECT /*+ MAX_EXECUTION_TIME(9) set_var( Sql_Mode ='') SET_VAR(sort_buffer_size=1) */ 1";
        assertThat(classify(hint).statementVariables()).containsExactly("sql_mode", "sort_buffer_size");
        assertThat(classify(hint, StatementTable.MARIADB).statementVariables())
                .as("a comment there")
                .isEmpty();
        assertThat(classify("SELECT /* SET_VAR(sql_mode='') */ 1 /*+ SET_VAR(sql_mode='') */")
                        .statementVariables())
                .as("no hints")
                .isEmpty();
    }

    @Test
    void givesTheLiteralOfALoneAssignment() {
        assertThat(classify("SET @a = 'it''s'").assignedLiteral()).isEqualTo("'it''s'");
        assertThat(classify("SET @a := -5;").assignedLiteral()).isEqualTo("-5");
        assertThat(classify("SET @a = NULL").assignedLiteral()).isEqualTo("NULL");
        assertThat(classify("SET @a = 1.5").assignedLiteral()).isEqualTo("1.5");
        assertThat(classify("SET @a = 1 + 1").assignedLiteral()).isNull();
        assertThat(classify("SET @a = 1, @b = 2").assignedLiteral()).isNull();
        assertThat(classify("SET @a = 'a' 'b'").assignedLiteral()).isNull();
        assertThat(classify("SET @a = 'a' COLLATE utf8mb4_bin").assignedLiteral())
                .isNull();
        assertThat(classify("SET @a = _latin1'a'").assignedLiteral()).isNull();
        assertThat(classify("SET @a = 1; SELECT 1").assignedLiteral()).isNull();
        assertThat(classify("SET @a = 'ä'").assignedLiteral()).isNull();
    }

    @Test
    void namesLocksOnlyWhereEachCallRunsOnce() {
        assertThat(classify("SELECT GET_LOCK('a', 1)").takenLocks()).containsExactly("a");
        assertThat(classify("SELECT GET_LOCK('a', 1) AS x, RELEASE_LOCK('b') held")
                        .takenLocks())
                .containsExactly("a");
        assertThat(classify("SELECT GET_LOCK('a', 1), RELEASE_LOCK('b')").releasedLocks())
                .containsExactly("b");
        assertThat(classify("DO RELEASE_LOCK('it''s')").releasedLocks()).containsExactly("it's");
        for (String sql : List.of(
                "SELECT GET_LOCK('a', 1) FROM t",
                "SELECT GET_LOCK(@a, 1)",
                "SELECT GET_LOCK('a' 'b', 1)",
                "SELECT 1, GET_LOCK('a', 1)",
                "SELECT GET_LOCK('a', 1), 1",
                "SELECT GET_LOCK('a', 1) LIMIT 0",
                "SELECT IF(0, GET_LOCK('a', 1), 0)",
                "SELECT GET_LOCK('a', 1), IF(0, GET_LOCK('b', 1), 0)",
                "SELECT GET_LOCK('a', 1) + GET_LOCK('b', 1)")) {
            StatementFacts facts = classify(sql);
            assertThat(facts.has(Facts.TAKES_NAMED_LOCK)).as(sql).isTrue();
            assertThat(facts.takenLocks()).as(sql).isEmpty();
        }
        assertThat(classify("SELECT RELEASE_LOCK('a') FROM t WHERE 0").releasedLocks())
                .isEmpty();
        assertThat(classify("SELECT RELEASE_ALL_LOCKS() FROM t WHERE 0").has(Facts.RELEASES_ALL_NAMED_LOCKS))
                .isFalse();
    }

    @Test
    void namesTables() {
        assertThat(classify("CREATE TEMPORARY TABLE IF NOT EXISTS `d`.`t x` (a INT)")
                        .temporaryTables())
                .containsExactly("d.t x");
        assertThat(classify("CREATE TEMPORARY TABLE t AS SELECT 1").temporaryTables())
                .containsExactly("t");
        assertThat(classify("CREATE TABLE t (a INT)").temporaryTables()).isEmpty();
        assertThat(classify("DROP TEMPORARY TABLE IF EXISTS a.b, c, `d` RESTRICT")
                        .droppedTables())
                .containsExactly("a.b", "c", "d");
        assertThat(classify("DROP TABLE a; DROP TABLE b").droppedTables()).containsExactly("a", "b");
    }

    @Test
    void namesPreparedStatementsAndKnowsTheirText() {
        StatementFacts facts = classify("PREPARE `s 1` FROM 'SELECT GET_LOCK(\\'a\\', 1), ?'");
        assertThat(facts.preparedNames()).containsExactly("s 1");
        assertThat(facts.preparedContents().get(0).has(Facts.TAKES_NAMED_LOCK)).isTrue();
        assertThat(facts.has(Facts.TAKES_NAMED_LOCK)).isFalse();
        assertThat(classify("EXECUTE s USING @a, @b").executedNames()).containsExactly("s");
        assertThat(classify("EXECUTE s USING @a, @b").usingVariables()).containsExactly("a", "b");
        assertThat(classify("DEALLOCATE PREPARE s").deallocatedNames()).containsExactly("s");
        assertThat(classify("DROP PREPARE s").deallocatedNames()).containsExactly("s");
        assertThat(classify("PREPARE s FROM 'SELECT 1' 'x'").has(Facts.PREPARED_TEXT_UNKNOWN))
                .isTrue();
        assertThat(classify("EXECUTE IMMEDIATE 'SELECT @a:=1'", StatementTable.MARIADB)
                        .assignedUserVariables())
                .containsExactly("a");
    }

    @Test
    void namesHandlers() {
        assertThat(classify("HANDLER t OPEN").openedHandlers()).containsExactly("t");
        assertThat(classify("HANDLER d.t OPEN AS h").openedHandlers()).containsExactly("h");
        assertThat(classify("HANDLER d.t OPEN h").openedHandlers()).containsExactly("h");
        assertThat(classify("HANDLER h CLOSE").closedHandlers()).containsExactly("h");
        assertThat(classify("HANDLER h READ FIRST").closedHandlers()).isEmpty();
    }

    @Test
    void namesTheTargetOfKill() {
        assertThat(classify("KILL 5").killTarget()).isEqualTo(new KillTarget(5, false));
        assertThat(classify("KILL CONNECTION 5").killTarget()).isEqualTo(new KillTarget(5, false));
        assertThat(classify("KILL QUERY 5").killTarget()).isEqualTo(new KillTarget(5, true));
        assertThat(classify("KILL 5+1").killTarget()).isNull();
        assertThat(classify("KILL @x").killTarget()).isNull();
        assertThat(classify("KILL CONNECTION_ID()").killTarget()).isNull();
        assertThat(classify("KILL QUERY ID 5", StatementTable.MARIADB).killTarget())
                .isNull();
        assertThat(classify("KILL 1e3").killTarget()).isNull();
    }

    @Test
    void givesVerbAndNumberOfStatements() {
        assertThat(classify("/* a */ (select 1)").verb()).isEqualTo("SELECT");
        assertThat(classify("frob").verb()).isEqualTo("OTHER");
        assertThat(classify("-- x").verb()).isEmpty();
        assertThat(classify("-- x").statements()).isZero();
        assertThat(classify("SELECT 1; ; SELECT 2;").statements()).isEqualTo(2);
        assertThat(classify("INSERT INTO t VALUES (1); SELECT 2").verb()).isEqualTo("INSERT");
        assertThat(classify("SELECT 1")).isSameAs(StatementFacts.PLAIN);
    }

    @Test
    void theSecondByteOfACharacterIsNoQuote() {
        // 0xbf5c is one character in gbk: its second byte, a backslash in ASCII, escapes nothing.
        byte[] sql = "SELECT 'X\\', @x, '".getBytes(StandardCharsets.ISO_8859_1);
        sql[8] = (byte) 0xbf;
        assertThat(classify(sql, dialect(Encoding.GBK)).has(Facts.READS_USER_VARIABLE))
                .isTrue();
        assertThat(classify(sql, dialect(Encoding.BIG5)).has(Facts.READS_USER_VARIABLE))
                .isTrue();
        assertThat(classify(sql, dialect(Encoding.GB18030)).has(Facts.READS_USER_VARIABLE))
                .isTrue();
        assertThat(classify(sql, dialect(Encoding.ASCII_SAFE)).has(Facts.READS_USER_VARIABLE))
                .isFalse();
        sql[8] = (byte) 0x95;
        assertThat(classify(sql, dialect(Encoding.SJIS)).has(Facts.READS_USER_VARIABLE))
                .isTrue();
        // 0x80 leads nothing in gbk.
        sql[8] = (byte) 0x80;
        assertThat(classify(sql, dialect(Encoding.GBK)).has(Facts.READS_USER_VARIABLE))
                .isFalse();
    }

    @Test
    void aCacheHitIsTheSameAnswerAndNeverThatOfAnotherDialect() {
        String sql = "SELECT \"x\", `y` FROM t WHERE a = \"@z\" -- \n";
        SqlDialect ansi = new SqlDialect(false, 90704, true, false, false, Encoding.ASCII_SAFE);
        for (int round = 0; round < 4; round++) {
            assertThat(classify("SELECT \"f\"(1)", StatementTable.MYSQL).facts())
                    .isZero();
            assertThat(classify("SELECT \"f\"(1)", ansi).facts()).isEqualTo(Facts.CALLS_UNKNOWN_FUNCTION);
            assertThat(classify(sql, StatementTable.MYSQL).facts()).isZero();
        }
    }

    private StatementFacts classify(String sql) {
        return classify(sql, StatementTable.MYSQL);
    }

    private StatementFacts classify(String sql, SqlDialect dialect) {
        return classify(sql.getBytes(StandardCharsets.UTF_8), dialect);
    }

    private StatementFacts classify(byte[] sql, SqlDialect dialect) {
        ByteBuf buffer = Unpooled.wrappedBuffer(sql);
        return classifier.classify(buffer, 0, sql.length, dialect);
    }

    private static SqlDialect dialect(Encoding encoding) {
        return new SqlDialect(false, 90704, false, false, false, encoding);
    }
}
