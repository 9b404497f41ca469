"""Django's ORM on mysqlclient, as in a settings file: persistent connections, strict mode, READ COMMITTED."""
import os
from concurrent.futures import ThreadPoolExecutor

import django
from django.conf import settings

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.mysql",
            "HOST": os.environ["DB_HOST"],
            "PORT": os.environ["DB_PORT"],
            "USER": os.environ["DB_USER"],
            "PASSWORD": os.environ["DB_PASSWORD"],
            "NAME": os.environ["DB_SCHEMA"],
            "CONN_MAX_AGE": 600,
            "OPTIONS": {
                "charset": "utf8mb4",
                "isolation_level": "read committed",
                "init_command": "SET sql_mode='STRICT_ALL_TABLES'",
            },
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    TIME_ZONE="UTC",
    INSTALLED_APPS=[],
)
django.setup()

from django.db import DataError, IntegrityError, connection, models, transaction  # noqa: E402
from django.db.models import F, Sum  # noqa: E402


class Task(models.Model):
    name = models.CharField(max_length=20, unique=True)
    runs = models.IntegerField(default=0)
    result = models.BinaryField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "incident"


with connection.schema_editor() as editor:
    editor.create_model(Task)

created = Task.objects.create(name="žluť 🐎", result=b"\x00\xff" * 500_000)
assert created.pk is not None
again = Task.objects.get(pk=created.pk)
assert again.name == "žluť 🐎" and bytes(again.result) == b"\x00\xff" * 500_000 and again.done_at is None
Task.objects.bulk_create(Task(name=f"task {i}") for i in range(300))

try:
    with transaction.atomic():
        Task.objects.create(name="task 5")
    raise SystemExit("the duplicate key was accepted")
except IntegrityError:
    pass
try:
    with transaction.atomic():
        Task.objects.create(name="x" * 21)
    raise SystemExit("sql_mode was lost")
except DataError:
    pass

with transaction.atomic():
    Task.objects.filter(name="task 1").update(runs=7)
    savepoint = transaction.savepoint()
    Task.objects.filter(name="task 1").update(runs=8)
    transaction.savepoint_rollback(savepoint)
assert Task.objects.get(name="task 1").runs == 7
assert Task.objects.update_or_create(name="task 1", defaults={"runs": 0})[1] is False


def run(i):
    with transaction.atomic():
        task = Task.objects.select_for_update().get(name=f"task {i % 300}")
        task.runs += 1
        task.save()
    Task.objects.filter(pk=task.pk).update(runs=F("runs") + 1)


def run_and_close(share):
    for i in share:
        run(i)
    connection.close()


with ThreadPoolExecutor(30) as threads:
    list(threads.map(run_and_close, [range(n, 900, 30) for n in range(30)]))
assert Task.objects.aggregate(total=Sum("runs"))["total"] == 1800
assert sum(1 for _ in Task.objects.order_by("pk").iterator(chunk_size=50)) == 301

with connection.schema_editor() as editor:
    editor.delete_model(Task)
print("OK")
