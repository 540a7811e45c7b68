#!/bin/bash
# healthcheck.sh [--connect] [--innodb_initialized]: whether the server takes connections by TCP, and has its tables.
set -euo pipefail
for test in "$@"; do
    case $test in
    --connect) query="SELECT 1" ;;
    --innodb_initialized) query="SELECT 1 FROM information_schema.ENGINES WHERE engine = 'innodb' AND support IN ('YES', 'DEFAULT')" ;;
    *) echo "healthcheck.sh: unknown test $test" >&2 && exit 2 ;;
    esac
    [[ $(mariadb --defaults-file=/var/lib/mysql/.health.cnf --host=127.0.0.1 --batch --skip-column-names --execute="$query") == 1 ]]
done
