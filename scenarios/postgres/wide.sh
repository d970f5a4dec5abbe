#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: tables, an index, a transaction, COPY, another database, VACUUM, a wrong password,
# and a first start with a volume that root owns.
set -euo pipefail
export PGPASSWORD=secret PGCONNECT_TIMEOUT=20
# The server listens before it serves.
timeout 60 bash -c 'until psql -h localhost -U postgres -qAtc "SELECT 1" >/dev/null 2>&1; do :; done'
query() { psql -h localhost -U postgres -v ON_ERROR_STOP=1 -qAt "$@"; }
query <<'SQL'
DROP TABLE IF EXISTS pets;
CREATE TABLE pets (id serial PRIMARY KEY, name text NOT NULL, born date DEFAULT now());
INSERT INTO pets (name) SELECT 'pet ' || n FROM generate_series(1, 1000) AS n;
CREATE INDEX pets_name ON pets (name);
BEGIN; UPDATE pets SET name = upper(name) WHERE id <= 10; COMMIT;
SQL
[ "$(query -c "SELECT count(*) FROM pets WHERE name LIKE 'PET %'")" = 10 ]
[ "$(query -c 'COPY pets (id) TO STDOUT' | wc -l)" = 1000 ]
query -c 'VACUUM ANALYZE pets'
query -c 'DROP DATABASE IF EXISTS other' -c 'CREATE DATABASE other'
[ "$(query -d other -c 'SELECT current_database()')" = other ]
if PGPASSWORD=wrong query -c 'SELECT 1' 2>/dev/null; then
  echo "a wrong password was accepted" >&2
  exit 1
fi

# The entrypoint has to give it to the server's user, which it had no cause to in the traced run; nor
# does that run's profile allow it, so the engine's own is used.
read -r engine _ container <<<"$SCENARIO_EXEC"
volume=$(mktemp -d)
second=$("$engine" run -d -e POSTGRES_PASSWORD=secret -v "$volume:/var/lib/postgresql/data" \
  "$("$engine" inspect -f '{{.Config.Image}}' "$container")")
trap '"$engine" rm -fv "$second" >/dev/null; rm -rf "$volume"' EXIT
timeout 60 grep -q 'ready for start up' <("$engine" logs -f "$second" 2>&1)
