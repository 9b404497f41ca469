"""
A Celery worker with prefork processes, tasks that hold a pool of PyMySQL connections in each process as
DBUtils' PooledDB does, and a broker in a directory. 4 processes x 20 connections, 400 tasks.
"""
import os
import queue
import subprocess
import sys
import tempfile

import pymysql
from celery import Celery

PROCESSES = 4
POOL = 20
TASKS = 400

broker = os.environ.get("CELERY_DIRECTORY") or tempfile.mkdtemp(prefix="connbudget-celery-")
for folder in ("queue", "processed"):
    os.makedirs(os.path.join(broker, folder), exist_ok=True)
app = Celery("celery_client", broker="filesystem://", backend="file://" + broker)
app.conf.update(
    broker_transport_options={
        "data_folder_in": os.path.join(broker, "queue"),
        "data_folder_out": os.path.join(broker, "queue"),
        "processed_folder": os.path.join(broker, "processed"),
    },
    worker_hijack_root_logger=False,
    task_acks_late=False,
)
pool = queue.Queue()


def connect():
    return pymysql.connect(
        host=os.environ["DB_HOST"],
        port=int(os.environ["DB_PORT"]),
        user=os.environ["DB_USER"],
        password=os.environ["DB_PASSWORD"],
        database=os.environ["DB_SCHEMA"],
    )


@app.task
def add_one(row):
    while pool.qsize() < POOL:
        pool.put(connect())
    connection = pool.get()
    try:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE celery_rows SET n = n + 1 WHERE id = %s", (row,))
            cursor.execute("SELECT n FROM celery_rows WHERE id = %s", (row,))
            n = cursor.fetchone()[0]
        connection.commit()
        return n
    finally:
        connection.rollback()
        pool.put(connection)


def main():
    connection = connect()
    cursor = connection.cursor()
    cursor.execute("DROP TABLE IF EXISTS celery_rows")
    cursor.execute("CREATE TABLE celery_rows (id INT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB")
    cursor.executemany("INSERT INTO celery_rows VALUES (%s, 0)", [(i,) for i in range(50)])
    connection.commit()
    command = [sys.executable, "-m", "celery", "-A", "celery_client", "worker", "--pool=prefork"]
    command += [f"--concurrency={PROCESSES}", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    worker = subprocess.Popen(
        command + ["--loglevel=ERROR"],
        cwd=os.path.dirname(os.path.abspath(__file__)),
        env=dict(os.environ, CELERY_DIRECTORY=broker, PYTHONDONTWRITEBYTECODE="1"),
        stdout=sys.stderr,
    )
    try:
        results = [add_one.delay(i % 50) for i in range(TASKS)]
        for result in results:
            result.get(timeout=60, interval=0.02)
    finally:
        worker.terminate()
        worker.wait(30)
    cursor.execute("SELECT SUM(n) FROM celery_rows")
    total = int(cursor.fetchone()[0])
    if total != TASKS:
        raise SystemExit(f"{total} tasks in the table, expected {TASKS}")
    cursor.execute("DROP TABLE celery_rows")
    print("OK")


if __name__ == "__main__":
    main()
