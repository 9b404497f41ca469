"""The SQL console through PyMySQL. DB_PORT is the console's."""
import os

import pymysql

login = {"host": os.environ["DB_HOST"], "port": int(os.environ["DB_PORT"]), "user": os.environ["DB_USER"]}
db = pymysql.connect(password=os.environ["DB_PASSWORD"], cursorclass=pymysql.cursors.DictCursor, **login)


def rows(sql, *arguments):
    with db.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall()


def refused(code, sql):
    try:
        rows(sql)
    except pymysql.err.MySQLError as e:
        assert e.args[0] == code, e
        return
    raise AssertionError(sql + " was not refused")


db.ping()
pool = rows("SHOW POOLS")[0]
assert pool["cl_active"] == 1 and pool["paused"] == "0", pool
holder = rows("SHOW HOLDERS WHERE application_name = %s", "holder-job")[0]
assert holder["state"] == "in_transaction" and isinstance(holder["id"], int), holder
assert rows("SHOW CLIENTS WHERE id = %s", holder["id"])[0]["application_name"] == "holder-job"
assert rows("SHOW HOLDERS LIKE %s", "nothing like it") == ()
assert {r["list"] for r in rows("SHOW LISTS")} >= {"clients", "used_permits"}
rows("SET default.weight = 3")
assert rows("SHOW CLASSES")[0]["until_reload"] == "weight"
assert all(isinstance(r["wait_p99_ms"], float) for r in rows("SHOW SAMPLES"))
rows("RELOAD")
assert rows("SHOW CLASSES")[0]["until_reload"] == ""
refused(1105, "KILL 999999")
refused(1064, "SHOW POOLS WHERE nothing = 1")
refused(1064, "DROP TABLE x")
db.commit()
db.rollback()
db.close()
try:
    pymysql.connect(password="wrong", **login)
    raise AssertionError("a wrong password was let in")
except pymysql.err.OperationalError as e:
    assert e.args[0] == 1045, e
print("OK")
