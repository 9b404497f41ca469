"""Sends a burst of tasks and waits for them: prints how many were done, and ends with 1 if one failed or the sum is wrong."""
import sys
import time

import pymysql

from tasks import add, connection

count = int(sys.argv[1])
deadline = time.monotonic() + 120
while True:
    try:
        db = connection()
        break
    except pymysql.err.OperationalError as e:
        if time.monotonic() > deadline:
            raise
        print("waiting for the proxy:", e, flush=True)
        time.sleep(1)
with db.cursor() as cursor:
    cursor.execute("CREATE TABLE IF NOT EXISTS totals (id INT PRIMARY KEY, n BIGINT NOT NULL)")
    cursor.execute("DELETE FROM totals")
db.commit()
results = [add.delay(i % 50, 1) for i in range(count)]
failed = 0
for result in results:
    try:
        result.get(timeout=300, interval=0.05)
    except Exception as e:
        failed += 1
        print("failed:", e, flush=True)
with db.cursor() as cursor:
    cursor.execute("SELECT SUM(n) FROM totals")
    total = int(cursor.fetchone()[0])
print(f"tasks {count}, failed {failed}, sum in the database {total}", flush=True)
sys.exit(0 if failed == 0 and total == count else 1)
