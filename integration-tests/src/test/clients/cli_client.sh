#!/bin/bash
# The command-line client that the arguments start, such as `mysql` or `mariadb`.
set -euo pipefail
client=("$@" --no-defaults -h"$DB_HOST" -P"$DB_PORT" -u"$DB_USER" -p"$DB_PASSWORD" --default-character-set=utf8mb4)
run() { "${client[@]}" --batch --skip-column-names "$DB_SCHEMA" 2> >(grep -v 'Using a password on the command line' >&2); }
expect() {
  local got
  got=$(run)
  [ "$got" = "$1" ] || { printf 'got:\n%s\nexpected:\n%s\n' "$got" "$1" >&2; exit 1; }
}

expect "$(printf '1\tkůň 🐎\tNULL\n1\n2')" <<'SQL'
DROP TABLE IF EXISTS cli_rows;
CREATE TABLE cli_rows (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(100) UNIQUE, note TEXT NULL) ENGINE=InnoDB CHARACTER SET utf8mb4;
INSERT INTO cli_rows (name) VALUES ('kůň 🐎');
SELECT id, name, note FROM cli_rows;
START TRANSACTION;
INSERT INTO cli_rows (name) VALUES ('gone');
ROLLBACK;
SELECT COUNT(*) FROM cli_rows;
BEGIN;
INSERT INTO cli_rows (name) VALUES ('kept');
COMMIT;
SELECT COUNT(*) FROM cli_rows;
SQL

# A procedure with several result sets, a user variable, a prepared statement, a temporary table.
expect "$(printf '1\n2\n42\n3')" <<'SQL'
DELIMITER //
CREATE PROCEDURE cli_two() BEGIN SELECT 1; SELECT 2; END//
DELIMITER ;
CALL cli_two();
SET @n = 21;
PREPARE doubled FROM 'SELECT ? * 2';
EXECUTE doubled USING @n;
CREATE TEMPORARY TABLE cli_temporary SELECT 3 AS n;
SELECT n FROM cli_temporary;
DROP PROCEDURE cli_two;
SQL

# An error: its number is shown, and with --force the connection goes on.
errors=$("${client[@]}" --force "$DB_SCHEMA" 2>&1 <<'SQL'
INSERT INTO cli_rows (name) VALUES ('kept');
SELECT 'after' AS went_on;
SQL
) || true
case $errors in
  *'ERROR 1062'*after* | *after*'ERROR 1062'*) ;;
  *) echo "got: $errors" >&2; exit 1 ;;
esac

# 200,000 rows and back in from a file.
rows=$(run <<<"SELECT a.n * 1000 + b.n, REPEAT('x', 100) FROM (WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 199) SELECT n FROM s) a,
  (WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 999) SELECT n FROM s) b" | wc -l)
[ "$rows" = 200000 ] || { echo "got $rows rows, expected 200000" >&2; exit 1; }
run <<<"DROP TABLE cli_rows"
echo OK
