"""What PyMySQL makes of the proxy's refusals; the budget is one backend, and a second connection holds it."""
import os
import time

import pymysql

settings = dict(
    host=os.environ["DB_HOST"],
    port=int(os.environ["DB_PORT"]),
    user=os.environ["DB_USER"],
    password=os.environ["DB_PASSWORD"],
    database=os.environ["DB_SCHEMA"],
    charset="utf8mb4",
    autocommit=True,
)


def refused(action, exception, code, text):
    try:
        action()
    except pymysql.MySQLError as error:
        if type(error) is not exception or error.args[0] != code or text not in error.args[1]:
            raise SystemExit(f"got {error!r}, expected {exception.__name__} {code} with {text!r}")
        print(f"{type(error).__name__} {error.args[0]}: {error.args[1]}")
        return
    raise SystemExit(f"was not refused with {code}")


def value(connection, query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


holder = pymysql.connect(**settings)
client = pymysql.connect(**settings)
refused(
    lambda: pymysql.connect(**settings),
    pymysql.err.OperationalError,
    1040,
    "class 'tight' has 2 of 2 clients, most from 127.0.0.1 (2); close some, or raise max-clients of the class",
)

# Queue timeout: the statement is refused, the connection stays usable, and nothing was executed.
holder.begin()
value(holder, "SELECT 1")
refused(
    lambda: value(client, "SELECT 2"),
    pymysql.err.OperationalError,
    1040,
    "class 'tight' got no backend within",
)
refused(lambda: value(client, "SELECT 2"), pymysql.err.OperationalError, 1040, "most held by 127.0.0.1 (1)")
holder.commit()
if value(client, "SELECT 3") != 3:
    raise SystemExit("the connection was not usable")

# Ended while idle in a transaction, since the other one waited.
holder.begin()
value(holder, "SELECT 4")
time.sleep(3.2)
if value(client, "SELECT 5") != 5:
    raise SystemExit("the waiter got no backend")
refused(
    lambda: value(holder, "SELECT 6"),
    pymysql.err.OperationalError,
    1226,
    "above idle-in-transaction-timeout of 3000 ms in class 'tight', while others waited for a backend; begin again",
)
if value(holder, "SELECT 7") != 7:
    raise SystemExit("the connection was not usable")
holder.close()
client.close()
print("OK")
