#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What only whole packages can promise: a plug-in and messages that were never asked for by name.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
export MYSQL_PWD=secret
sql() { mariadb -h 127.0.0.1 -u root --connect-timeout=20 -NB "$@"; }
german() {
  (sql -e "SET lc_messages = 'de_DE'; SELECT * FROM nowhere.nothing" 2>&1 || true) |
    grep -q existiert
}

check 'messages in another language' german
sql -e "UNINSTALL SONAME IF EXISTS 'ha_archive'"
check 'a plug-in' sql -e "INSTALL SONAME 'ha_archive'"
check 'and its tables' sql -e 'CREATE OR REPLACE DATABASE plug;
  CREATE TABLE plug.old (a int) ENGINE=ARCHIVE; INSERT INTO plug.old VALUES (1)'
verdict
