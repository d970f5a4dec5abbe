#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: tables of several engines, transactions, procedures, JSON, character sets, time
# zones, a dump, accounts, a wrong password.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
export MYSQL_PWD=secret
sql() { mariadb -h 127.0.0.1 -u root --connect-timeout=20 -NB "$@"; }
gives() { [ "$(sql -e "$1")" = "$2" ]; }

sql -e 'CREATE OR REPLACE DATABASE wide'
check 'InnoDB, index, transaction' sql wide <<'SQL'
CREATE TABLE pets (id int AUTO_INCREMENT PRIMARY KEY, name varchar(40), born datetime DEFAULT now());
INSERT INTO pets (name) SELECT concat('pet ', seq) FROM seq_1_to_1000;
CREATE INDEX pets_name ON pets (name);
CREATE FULLTEXT INDEX pets_text ON pets (name);
BEGIN; UPDATE pets SET name = upper(name) WHERE id <= 10; COMMIT;
BEGIN; DELETE FROM pets; ROLLBACK;
SQL
check 'rows are there' gives 'SELECT count(*) FROM wide.pets' 1000
check 'Aria, MyISAM, MEMORY, CSV' sql wide <<'SQL'
CREATE TABLE aria (a int) ENGINE=Aria; INSERT INTO aria VALUES (1);
CREATE TABLE isam (a int) ENGINE=MyISAM; INSERT INTO isam VALUES (1);
CREATE TABLE memo (a int) ENGINE=MEMORY; INSERT INTO memo VALUES (1);
CREATE TABLE csv (a int NOT NULL) ENGINE=CSV; INSERT INTO csv VALUES (1);
SQL
check 'procedure, trigger, view, event' sql wide <<'SQL'
CREATE VIEW loud AS SELECT * FROM pets WHERE name LIKE 'PET %';
CREATE TRIGGER shy BEFORE INSERT ON pets FOR EACH ROW SET NEW.name = lower(NEW.name);
DELIMITER //
CREATE PROCEDURE add_pet(n text) BEGIN INSERT INTO pets (name) VALUES (n); END//
DELIMITER ;
CALL add_pet('LAST');
CREATE EVENT daily ON SCHEDULE EVERY 1 DAY DO DELETE FROM memo;
SQL
check 'the trigger ran' gives \
  "SELECT name FROM wide.pets WHERE id = (SELECT max(id) FROM wide.pets)" last
check JSON gives "SELECT json_value('{\"a\": [1, 2]}', '\$.a[1]')" 2
check 'character sets' gives "SELECT hex(convert(_utf8mb4'ğ' USING latin5))" F0
check 'collations' gives "SELECT _utf8mb4'ä' COLLATE utf8mb4_german2_ci = _utf8mb4'ae'" 1
check 'date arithmetic' gives "SELECT date_format('2024-02-28' + INTERVAL 2 DAY, '%W')" Friday
check 'hashes' gives "SELECT sha2('slim', 256) = sha2('slim', 256), length(encode('a', 'b'))" $'1\t1'
check 'bulk load' sql wide --local-infile=1 -e \
  "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE aria (@line) SET a = length(@line)"
check 'a dump' bash -c 'mariadb-dump -h 127.0.0.1 -u root wide | grep -q "Dump completed"'
check 'another account' sql -e \
  "CREATE OR REPLACE USER guest IDENTIFIED BY 'guest'; GRANT SELECT ON wide.* TO guest"
check 'which may read' env MYSQL_PWD=guest \
  mariadb -h 127.0.0.1 -u guest wide -NBe 'SELECT 1 FROM pets LIMIT 1'
check 'but not write' refused env MYSQL_PWD=guest \
  mariadb -h 127.0.0.1 -u guest wide -e 'DELETE FROM pets'
check 'a wrong password' refused env MYSQL_PWD=wrong mariadb -h 127.0.0.1 -u root -e 'SELECT 1'
check maintenance sql -e 'OPTIMIZE TABLE wide.pets, wide.aria; CHECK TABLE wide.pets; FLUSH TABLES'
verdict
