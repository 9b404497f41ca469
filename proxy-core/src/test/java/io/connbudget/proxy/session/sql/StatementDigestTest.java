package io.connbudget.proxy.session.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What people see of a statement: never a literal, whatever the session takes for one. */
class StatementDigestTest {
    private static String digest(String sql) {
        return StatementDigest.of(sql, 200);
    }

    @Test
    void literalsAndCommentsGo() {
        assertThat(digest("SELECT  a, 'b''c' FROM `t'x` WHERE n IN (1, 2,3) -- why\n AND d=\"e\""))
                .isEqualTo("SELECT a, ? FROM `t'x` WHERE n IN (?, ...) AND d=?");
        assertThat(digest("CREATE USER u IDENTIFIED BY 'pa\\\\ss', v IDENTIFIED BY 'x'"))
                .isEqualTo("CREATE USER u IDENTIFIED BY ?, v IDENTIFIED BY ?");
        assertThat(digest("SELECT 5--1, a")).isEqualTo("SELECT ?--?, a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-- don't\nSET PASSWORD = 'hunter2'",
                "--\tdon't\nSET PASSWORD = 'hunter2'",
                "# don't\nSET PASSWORD = 'hunter2'",
                "/* don't */ SET PASSWORD = 'hunter2'",
                // With NO_BACKSLASH_ESCAPES the first text ends behind the backslash.
                "SELECT 'a\\', 'hunter2'",
                "SELECT \"a\\\", \"hunter2\"",
                // Run, and the end of the comment is within a text.
                "SELECT /*! '*/' */ , 'hunter2'",
                "SELECT /*M!100000 '*/' */ , 'hunter2'",
                "SELECT `a``b'`, 'hunter2'",
                "CREATE USER u IDENTIFIED BY 'hunter2",
                "/*! don't",
            })
    void noReadingShowsAPassword(String sql) {
        assertThat(digest(sql)).doesNotContain("hunter2");
    }
}
