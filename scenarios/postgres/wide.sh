#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: tables, indexes, transactions, languages, searches, files, roles, maintenance, a
# crash of a backend, and a first start with a volume that root owns.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
export PGPASSWORD=secret PGCONNECT_TIMEOUT=20
query() { psql -h localhost -U postgres -v ON_ERROR_STOP=1 -qAt "$@"; }
# ready: the server listens before it serves.
ready() { timeout 60 bash -c 'until psql -h localhost -U postgres -qAtc "SELECT 1" >/dev/null 2>&1; do :; done'; }

check 'the server' ready
check 'a table' query -c 'DROP TABLE IF EXISTS pets' \
  -c 'CREATE TABLE pets (id serial PRIMARY KEY, name text NOT NULL, born date DEFAULT now())' \
  -c "INSERT INTO pets (name) SELECT 'pet ' || n FROM generate_series(1, 1000) AS n"
check 'an index' query -c 'CREATE INDEX pets_name ON pets (name)'
check 'a transaction' query -c "BEGIN; UPDATE pets SET name = upper(name) WHERE id <= 10; COMMIT"
check 'what it did' says '^10$' query -c "SELECT count(*) FROM pets WHERE name LIKE 'PET %'"
check 'a key that is there' refused query -c "INSERT INTO pets VALUES (1, 'twice')"
check 'rows out' says '^1000$' bash -c \
  'psql -h localhost -U postgres -qAtc "COPY pets (id) TO STDOUT" | wc -l'
check 'rows to a file and back' query -c "COPY pets TO '/var/lib/postgresql/data/pets'" \
  -c 'CREATE TEMP TABLE back (LIKE pets)' -c "COPY back FROM '/var/lib/postgresql/data/pets'"
check 'a block of PL/pgSQL' query -c \
  "DO \$\$ BEGIN FOR i IN 1..3 LOOP PERFORM pg_sleep(0); END LOOP; END \$\$"
check 'a function' says '^42$' query -c \
  "CREATE OR REPLACE FUNCTION answer() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 42; END'" \
  -c 'SELECT answer()'
check 'JSON' says '^2$' query -c "SELECT '{\"a\": {\"b\": 2}}'::jsonb #> '{a,b}'"
check 'XML' says '^1$' query -c "SELECT (xpath('/a/@b', '<a b=\"1\"/>'))[1]"
check 'an expression' says '^b$' query -c "SELECT substring('abc' from 'a(.)c')"
check 'a search for words' says '^t$' query -c \
  "SELECT to_tsvector('english', 'The cats were running') @@ to_tsquery('english', 'cat & run')"
check 'in another language' says '^t$' query -c \
  "SELECT to_tsvector('german', 'Die Katzen liefen') @@ to_tsquery('german', 'katze')"
check 'a time elsewhere' says '^2024-07-01 02:00' query -c \
  "SELECT timestamptz '2024-07-01 00:00+00' AT TIME ZONE 'Europe/Berlin'"
check 'a zone set' says '^2024-01-01 09:00' query -c "SET timezone = 'Asia/Tokyo'" \
  -c "SELECT timestamptz '2024-01-01 00:00+00'"
check 'an order of ICU' says '^a,B$' query -c \
  "SELECT string_agg(w, ',' ORDER BY w COLLATE \"en-x-icu\") FROM (VALUES ('B'), ('a')) AS words(w)"
check 'an encoding' says '^e9$' query -c "SELECT encode(convert_to('é', 'LATIN1'), 'hex')"
check 'a digest' says '^[0-9a-f]{64}$' query -c "SELECT encode(sha256('x'), 'hex')"
check 'a large object' query -c "SELECT lo_from_bytea(0, 'large')"
check 'a sort on disk' query -c "SET work_mem = '64kB'" \
  -c 'SELECT count(*) FROM (SELECT n FROM generate_series(1, 100000) AS n ORDER BY random()) AS s'
check 'workers in parallel' says 'Workers Launched' query -c 'SET parallel_setup_cost = 0' \
  -c 'SET parallel_tuple_cost = 0' -c 'SET min_parallel_table_scan_size = 0' \
  -c 'EXPLAIN (ANALYZE) SELECT count(*) FROM pets'
check 'a message' says 'Asynchronous notification "news"' query -c 'LISTEN news' -c 'NOTIFY news'
check 'a role' query -c 'DROP ROLE IF EXISTS reader' -c "CREATE ROLE reader LOGIN PASSWORD 'other'" \
  -c 'GRANT SELECT ON pets TO reader'
check 'who may read' says '^1000$' env PGPASSWORD=other psql -h localhost -U reader -d postgres \
  -qAtc 'SELECT count(*) FROM pets'
check 'and not write' refused env PGPASSWORD=other psql -h localhost -U reader -d postgres \
  -qAtc 'DELETE FROM pets'
check 'a wrong password' refused env PGPASSWORD=wrong psql -h localhost -U postgres -qAtc 'SELECT 1'
check 'maintenance' query -c 'VACUUM (FULL, ANALYZE) pets'
check 'indexes anew' query -c 'REINDEX TABLE pets'
check 'a checkpoint' query -c CHECKPOINT
check 'another log of changes' query -c 'SELECT pg_switch_wal()'
check 'settings' query -c "ALTER SYSTEM SET work_mem = '8MB'" -c 'SELECT pg_reload_conf()'
check 'another database' query -c 'DROP DATABASE IF EXISTS other' -c 'CREATE DATABASE other'
check 'used' says '^other$' query -d other -c 'SELECT current_database()'
if [ -n "${SCENARIO_EXEC:-}" ]; then
  check 'a client in the container' says '^postgres' $SCENARIO_EXEC postgres --version
fi
# The others are ended, the shared memory is made anew, and the log of changes is read. Until they are
# gone nobody has noticed.
crash() {
  local before
  before=$(pgrep -d, -P "$SCENARIO_PID")
  kill -KILL "${before%%,*}"
  while ps -o pid= -p "$before" | grep -q .; do :; done
  ready
}
if [ -n "${SCENARIO_PID:-}" ]; then
  check 'a crash' crash
  check 'and nothing lost' says '^1000$' query -c 'SELECT count(*) FROM pets'
fi

# The entrypoint has to give it to the server's user, which it had no cause to in the traced run; nor
# does that run's profile allow it, so the engine's own is used.
first_start() {
  local engine container volume second status=0
  read -r engine _ container <<<"$SCENARIO_EXEC"
  volume=$(mktemp -d)
  second=$("$engine" run -d -e POSTGRES_PASSWORD=secret -v "$volume:/var/lib/postgresql/data" \
    "$("$engine" inspect -f '{{.Config.Image}}' "$container")")
  timeout 60 grep -q 'ready for start up' <("$engine" logs -f "$second" 2>&1) || status=1
  "$engine" rm -fv "$second" >/dev/null
  rm -rf "$volume"
  return $status
}
[ -z "${SCENARIO_EXEC:-}" ] || check 'a first start with a volume of root' first_start
verdict
