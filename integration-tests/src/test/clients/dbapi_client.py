"""A DB-API driver, named as the argument: pymysql or MySQLdb."""
import importlib
import os
import sys

driver = importlib.import_module(sys.argv[1])
settings = dict(
    host=os.environ["DB_HOST"],
    port=int(os.environ["DB_PORT"]),
    user=os.environ["DB_USER"],
    passwd=os.environ["DB_PASSWORD"],
    db=os.environ["DB_SCHEMA"],
    charset="utf8mb4",
)
table = "dbapi_" + sys.argv[1].lower()


def equal(got, expected):
    if got != expected:
        raise SystemExit(f"got {got!r}, expected {expected!r}")


connection = driver.connect(**settings)
other = driver.connect(**settings)
cursor = connection.cursor()
cursor.execute(f"DROP TABLE IF EXISTS {table}")
cursor.execute(
    f"CREATE TABLE {table} (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(100) UNIQUE, note TEXT NULL, data LONGBLOB)"
    " ENGINE=InnoDB CHARACTER SET utf8mb4"
)

# Auto-increment, unicode, NULL, a blob of every byte, of more than one network buffer.
blob = bytes(range(256)) * 16384
text = "žluťoučký kůň 🐎 'quoted' \\ 100%"
cursor.execute(f"INSERT INTO {table} (name, note, data) VALUES (%s, %s, _binary %s)", (text, None, blob))
first = cursor.lastrowid
equal(first, 1)
cursor.execute(f"SELECT LAST_INSERT_ID(), LAST_INSERT_ID()")
equal(cursor.fetchone(), (first, first))
connection.commit()
cursor.execute(f"SELECT name, note, data FROM {table} WHERE id = %s", (first,))
equal(cursor.fetchone(), (text, None, blob))
connection.commit()

# Rollback, and isolation from another connection.
cursor.execute(f"INSERT INTO {table} (name) VALUES ('gone')")
with other.cursor() as watching:
    watching.execute(f"SELECT COUNT(*) FROM {table}")
    equal(watching.fetchone(), (1,))
other.rollback()
connection.rollback()
cursor.execute(f"SELECT COUNT(*) FROM {table}")
equal(cursor.fetchone(), (1,))
connection.rollback()

# An error keeps the connection usable.
try:
    cursor.execute(f"INSERT INTO {table} (name) VALUES (%s)", (text,))
    raise SystemExit("the duplicate key was accepted")
except driver.IntegrityError as error:
    equal(error.args[0], 1062)
connection.rollback()

# executemany, rowcount, found rows, warnings.
cursor.executemany(f"INSERT INTO {table} (name) VALUES (%s)", [(f"row {i}",) for i in range(500)])
equal(cursor.rowcount, 500)
connection.commit()
equal(cursor.execute(f"UPDATE {table} SET note = 'x' WHERE name LIKE 'row 1%%'", ()), 111)
connection.commit()
cursor.execute("SELECT CAST('12abc' AS SIGNED)")
cursor.fetchall()
cursor.execute("SHOW WARNINGS")
equal(cursor.fetchone()[1], 1292)

# Session state: variables, user variables, a temporary table, an SQL prepared statement.
cursor.execute("SET SESSION group_concat_max_len = 4242")
cursor.execute("SET @seen = 'kept'")
cursor.execute("CREATE TEMPORARY TABLE temporary_rows (n INT)")
cursor.execute("INSERT INTO temporary_rows VALUES (1), (2)")
cursor.execute("PREPARE doubled FROM 'SELECT ? * 2'")
cursor.execute("SET @n = 21")
connection.commit()
cursor.execute("EXECUTE doubled USING @n")
equal(int(cursor.fetchone()[0]), 42)
cursor.execute("SELECT @@group_concat_max_len, @seen, (SELECT SUM(n) FROM temporary_rows)")
equal(tuple(str(value) for value in cursor.fetchone()), ("4242", "kept", "3"))
cursor.execute("DEALLOCATE PREPARE doubled")
cursor.execute("DROP TEMPORARY TABLE temporary_rows")
connection.commit()

# Result sets of many rows, read as they come.
streaming = connection.cursor(importlib.import_module(sys.argv[1] + ".cursors").SSCursor)
streaming.execute("SELECT a.id, REPEAT('x', 1000) FROM {0} a JOIN {0} b".format(table))
equal(sum(len(row[1]) for row in streaming), 501 * 501 * 1000)
streaming.close()

connection.ping()
cursor.execute(f"DROP TABLE {table}")
connection.commit()
connection.close()
other.close()
print("OK")
