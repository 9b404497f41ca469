#!/bin/bash
# sysbench oltp_read_write with the prepared-statement mode, the threads and the events of the arguments. Any error fails it, a
# connection that is lost too, and an event that is not done within the time; but for the few collisions of transactions that InnoDB
# answers with 1213, 1205 or 1020 on any connection, which sysbench then runs again.
set -euo pipefail
mode=$1 threads=$2 events=$3
options=(oltp_read_write --mysql-host="$DB_HOST" --mysql-port="$DB_PORT" --mysql-user="$DB_USER" --mysql-password="$DB_PASSWORD"
  --mysql-db="$DB_SCHEMA" --tables=4 --table-size=5000 --db-ps-mode="$mode" --skip-trx=off --rand-type=uniform)
# Making the tables is not what is tested, and one thread does.
sysbench "${options[@]}" --mysql-ignore-errors=none --threads=1 prepare >/dev/null
output=$(sysbench "${options[@]}" --mysql-ignore-errors=1213,1205,1020 --threads="$threads" --events="$events" --time=90 run 2>&1) || {
  echo "$output" >&2; exit 1; }
echo "$output"
count() { sed -n "s/^ *$1: *\([0-9]*\).*/\1/p" <<<"$output" | head -n 1; }
fail() { echo "sysbench: $*" >&2; exit 1; }
grep -qE '^(FATAL|ALERT|WARNING: .*(lost|gone))' <<<"$output" && fail "it complained"
[ "$(count transactions)" = "$events" ] || fail "$(count transactions) transactions, expected $events"
[ "$(count reconnects)" = 0 ] || fail "$(count reconnects) reconnects, expected none"
collisions=$(count 'ignored errors')
[ "$collisions" -le $((events / 100)) ] || fail "$collisions collisions of transactions in $events"
sysbench "${options[@]}" --mysql-ignore-errors=none --threads=1 cleanup >/dev/null
echo OK
