#!/bin/bash
# restore.sh FOLDER: makes the database $DATABASE what it was at a backup: of FOLDER the one that $BACKUP names, else the newest.
# No pipeline may run meanwhile. Who and where: as in backup.sh.
set -euo pipefail

folder=$1
if [[ -n ${BACKUP:-} ]]; then
    file="$folder/$BACKUP"
else
    file=$(find "$folder" -maxdepth 1 -name "$DATABASE-*.sql.gz" | sort | tail -n 1)
fi
if [[ ! -f $file ]]; then
    echo "restore: there is no backup ${BACKUP:-$DATABASE-*.sql.gz} in $folder; it has: $(ls "$folder")" >&2
    exit 2
fi
if ! gzip -dc "$file" | tail -n 1 | grep -q '^-- Dump completed'; then
    echo "restore: $file is not whole; choose another one with BACKUP" >&2
    exit 2
fi

# shellcheck source=k8s/base/metadata/config/server.sh
. "$(dirname "$0")/server.sh"
client=(mariadb "${server[@]}")
# A table that came after the backup would stay otherwise.
"${client[@]}" --execute="DROP DATABASE IF EXISTS \`$DATABASE\`; CREATE DATABASE \`$DATABASE\`"
gzip -dc "$file" | "${client[@]}" "$DATABASE"
echo "restore: $DATABASE is as in $file"
