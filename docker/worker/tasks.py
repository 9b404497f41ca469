"""Tasks that add up in the database: each process keeps its connections, as pools inside processes do."""
import os

import pymysql
from celery import Celery

app = Celery("tasks", broker=os.environ["BROKER"], backend=os.environ["BROKER"])
pool = []


def connection():
    if not pool:
        pool.append(pymysql.connect(
            host=os.environ["DB_HOST"], port=int(os.environ["DB_PORT"]), user=os.environ["DB_USER"],
            password=os.environ["DB_PASSWORD"], database=os.environ["DB_SCHEMA"], charset="utf8mb4",
            program_name="celery-worker"))
    return pool[0]


@app.task
def add(row, n):
    db = connection()
    with db.cursor() as cursor:
        cursor.execute("INSERT INTO totals VALUES (%s, %s) ON DUPLICATE KEY UPDATE n = n + VALUES(n)", (row, n))
    db.commit()
    return n
