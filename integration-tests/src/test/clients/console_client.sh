#!/bin/bash
# The SQL console through the command-line client that the arguments start: `mysql`, `mariadb` or `mycli`. DB_PORT is the console's.
set -euo pipefail
kind=$(basename "${!#}")
fail() { echo "$kind: $*" >&2; exit 1; }
login=(-h"$DB_HOST" -P"$DB_PORT" -u"$DB_USER")
if [ "$kind" = mycli ]; then
  # It writes its settings and its history into the home directory.
  HOME=$(mktemp -d)
  export HOME
  trap 'rm -rf "$HOME"' EXIT
  client=("$@" "${login[@]}" --no-warn) batch=--csv
else
  client=("$@" --no-defaults "${login[@]}") batch=--batch
fi
run() { "${client[@]}" -p"$DB_PASSWORD" $batch -e "$1" 2>&1 </dev/null; }
# Every text behind the statements must be in what they are answered with.
expect() {
  local sql=$1 got
  got=$(run "$sql") || fail "'$sql' ended with an error: $got"
  [[ $got != *'does not know'* ]] || fail "'$sql' answered: $got"
  shift
  for text; do [[ $got == *"$text"* ]] || fail "'$sql' answered: $got; expected a text with: $text"; done
}
refuse() {
  local got
  got=$(run "$1") || true
  [[ $got == *"$2"* ]] || fail "'$1' answered: $got; expected a refusal with: $2"
}

all=
for view in POOLS CLIENTS SERVERS CLASSES WAITERS PINS STATS LISTS CONFIG ACCOUNTS VERSION HELP HOLDERS EVENTS SAMPLES; do all+="SHOW $view; "; done
expect "$all" cl_waiting link max_pinned application_name total_xact_count used_permits drain-timeout wait_p99_ms holder-job
expect "SHOW HELP WHERE statement LIKE 'KILL%'; SHOW CONFIG WHERE key = 'budget.max-connections'; SET default.weight = 7;
  SHOW CLASSES WHERE until_reload LIKE '%weight%'" "KILL <client>" budget.max-connections weight
got=$(run "RELOAD; SHOW CLASSES WHERE until_reload LIKE '%weight%'; SHOW HOLDERS LIKE 'nothing like it'") || fail "RELOAD: $got"
[[ $got != *default* && $got != *holder-job* ]] || fail "RELOAD leaves what SET changed, or LIKE lets everything through: $got"
refuse "KILL 999999" "there is no client 999999"
refuse "SELEC 1" "The console does not know"

# At a terminal: what a client asks on its own for its completions and its status.
got=$(printf 'nopager\nstatus\nSHOW VERSION;\nexit\n' | timeout 30 script -qec "$(printf '%q ' "${client[@]}" -p"$DB_PASSWORD")" /dev/null 2>&1) ||
  fail "a terminal ended with an error: $got"
[[ $got == *"Server version:"*"connbudget console"*database* && $got != *'does not know'* ]] || fail "a terminal showed: $got"

got=$("${client[@]}" -pwrong -e "SHOW POOLS" 2>&1 </dev/null) && fail "a wrong password was let in: $got"
# mycli asks for another one.
[[ $got == *"Access denied"* || $kind$got == mycliPassword:* ]] || fail "a wrong password was answered: $got"
echo OK
