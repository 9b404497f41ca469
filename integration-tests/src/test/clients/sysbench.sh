#!/bin/bash
# sysbench oltp_read_write with the prepared-statement mode and the threads of the arguments; any error fails it.
set -euo pipefail
mode=$1 threads=$2 events=$3
options=(oltp_read_write --mysql-host="$DB_HOST" --mysql-port="$DB_PORT" --mysql-user="$DB_USER" --mysql-password="$DB_PASSWORD"
  --mysql-db="$DB_SCHEMA" --tables=4 --table-size=5000 --db-ps-mode="$mode" --mysql-ignore-errors=none
  --skip-trx=off --rand-type=uniform)
# Without prepared statements: preparing the tables is not what is tested, and one thread does.
sysbench "${options[@]}" --threads=1 prepare >/dev/null
# 1213 and 1205 are what InnoDB answers to colliding transactions on any connection; sysbench then runs them again.
sysbench "${options[@]/--mysql-ignore-errors=none/--mysql-ignore-errors=1213,1205,1020}" --threads="$threads" --events="$events" --time=90 run
sysbench "${options[@]}" --threads=1 cleanup >/dev/null
echo OK
