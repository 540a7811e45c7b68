#!/bin/bash
# Makes the database and its user when the volume is empty, then becomes the server.
set -euo pipefail
server=(mariadbd --datadir=/var/lib/mysql --socket=/run/mysqld/mysqld.sock --pid-file=/run/mysqld/mysqld.pid)
if [[ ! -d /var/lib/mysql/mysql ]]; then
    mariadb-install-db --datadir=/var/lib/mysql --skip-test-db --auth-root-authentication-method=normal >/dev/null
    health=$(head -c 24 /dev/urandom | base64)
    printf '[client]\nuser=health\npassword=%s\n' "$health" >/var/lib/mysql/.health.cnf
    "${server[@]}" "$@" --bootstrap <<SQL
FLUSH PRIVILEGES;
CREATE DATABASE \`$MARIADB_DATABASE\`;
CREATE USER '$MARIADB_USER'@'%' IDENTIFIED BY '$MARIADB_PASSWORD';
GRANT ALL ON \`$MARIADB_DATABASE\`.* TO '$MARIADB_USER'@'%';
CREATE USER 'health'@'127.0.0.1' IDENTIFIED BY '$health';
ALTER USER 'root'@'localhost' IDENTIFIED BY '$(head -c 24 /dev/urandom | base64)';
SQL
fi
exec "${server[@]}" --bind-address=0.0.0.0 "$@"
