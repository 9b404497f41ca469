#!/bin/bash
# Plays docker-compose.yml for real: 128 Celery processes and more on a budget of 16, a database of 40 connections. Ends with 0 if no task
# failed, the database never counted more than the budget, all are up, and Prometheus has data for each query of the dashboard.
#
#     docker/check.sh                 # images as docker-compose.yml names them, and its variables for others
set -euo pipefail
cd "$(dirname "$0")"
budget=16
project=connbudget-check-$$
export CONNBUDGET_PORT=${CONNBUDGET_PORT:-13317} CONNBUDGET_HTTP_PORT=${CONNBUDGET_HTTP_PORT:-19114}
export CONNBUDGET_PROMETHEUS_PORT=${CONNBUDGET_PROMETHEUS_PORT:-19190} CONNBUDGET_GRAFANA_PORT=${CONNBUDGET_GRAFANA_PORT:-13900}
compose() { docker-compose -p "$project" -f docker-compose.yml "$@"; }
fail() { echo "check: $*" >&2; compose logs --tail=40 --no-color connbudget burst >&2 || true; exit 1; }
trap 'compose down -v --remove-orphans >/dev/null 2>&1' EXIT

for image in "${CONNBUDGET_IMAGE:-connbudget}" "${CONNBUDGET_WORKER:-connbudget-worker}"; do
  [ -n "$(docker images -q "$image")" ] || { compose build; break; }
done
compose up -d --no-build
peak=0 samples=0
burst=$(compose ps -q burst) mysql=$(compose ps -q mysql)
while [ "$(docker inspect -f '{{.State.Running}}' "$burst")" = true ]; do
  n=$(docker exec "$mysql" mysql -uroot -proot -BNe "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'app'" 2>/dev/null || true)
  if [ -n "$n" ]; then
    samples=$((samples + 1))
    [ "$n" -le "$peak" ] || peak=$n
  fi
done
compose logs --no-color burst | tail -3
[ "$(docker inspect -f '{{.State.ExitCode}}' "$burst")" = 0 ] || fail "tasks failed"
echo "check: the database counted at most $peak connections in $samples samples"
[ "$samples" -gt 0 ] && [ "$peak" -le $budget ] && [ "$peak" -gt 0 ] || fail "the budget is $budget"
clients=$(curl -fsS -u op:op "http://127.0.0.1:$CONNBUDGET_HTTP_PORT/api/lists" | python3 -c 'import json,sys; print([r["items"] for r in json.load(sys.stdin) if r["list"] == "clients"][0])')
echo "check: $clients clients are connected"
[ "$clients" -ge 64 ] || fail "the workers are not there"
for service in connbudget mysql broker prometheus grafana; do
  [ "$(docker inspect -f '{{.State.Running}}' "$(compose ps -q $service)")" = true ] || fail "$service does not run"
done

# Rates need work between two scrapes.
compose run -d --no-deps burst python3 burst.py 1000 >/dev/null
for _ in $(seq 60); do
  python3 grafana/check.py "http://127.0.0.1:$CONNBUDGET_PROMETHEUS_PORT" >/tmp/$project.txt && break || sleep 1
done
python3 grafana/check.py "http://127.0.0.1:$CONNBUDGET_PROMETHEUS_PORT" || fail "a query of the dashboard has no data"
rm -f /tmp/$project.txt

compose exec -T connbudget bash -c 'kill -TERM 1'
code=$(docker wait "$(compose ps -q connbudget)")
[ "$code" = 0 ] || fail "the proxy ended with $code"
echo OK
