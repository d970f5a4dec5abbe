#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One query.
set -euo pipefail
export MYSQL_PWD=secret
[ "$(mariadb -h 127.0.0.1 -u root --connect-timeout=20 -NBe 'SELECT 1')" = 1 ]
