#!/bin/bash
# backup.sh FOLDER KEEP: dumps the database $DATABASE at one moment in time, while pipelines go on, to
# FOLDER/$DATABASE-<UTC time>.sql.gz, and keeps the KEEP newest dumps. Who and where: $MARIADB_HOST, $MARIADB_PORT,
# $MARIADB_USER, $MYSQL_PWD (the name that MariaDB's clients read a password from).
set -euo pipefail

folder=$1 keep=$2
file="$folder/$DATABASE-$(date -u +%Y%m%dT%H%M%SZ).sql.gz"
part="$folder/.part"
trap 'rm -f "$part"' EXIT

# shellcheck source=k8s/base/metadata/config/server.sh
. "$(dirname "$0")/server.sh"
mariadb-dump "${server[@]}" --single-transaction --quick "$DATABASE" | gzip >"$part"
# A dump that was cut off is no backup: the last line says that it is whole. (tail reads all, so that gzip does not fail.)
gzip -dc "$part" | tail -n 1 | grep -q '^-- Dump completed'
sync "$part"
mv "$part" "$file"
echo "backup: $file, $(stat -c %s "$file") bytes"

mapfile -t old < <(find "$folder" -maxdepth 1 -name "$DATABASE-*.sql.gz" | sort -r | tail -n +"$((keep + 1))")
for file in "${old[@]}"; do
    rm "$file"
    echo "backup: removed $file"
done
