#!/bin/bash
# Read by backup.sh and restore.sh: the options that name the server, in `server`, once it answers or a minute has passed.
# NetworkPolicies know a new pod some seconds after its start, and a job is tried a few times at most: until then it is refused.
server=(--host="$MARIADB_HOST" --port="$MARIADB_PORT" --user="$MARIADB_USER")
for ((tries = 0; tries < 30; tries++)); do
    mariadb-admin "${server[@]}" ping >/dev/null 2>&1 && break
    sleep 2
done
