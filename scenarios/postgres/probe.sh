#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One query. The server listens before it answers.
set -euo pipefail
export PGPASSWORD=secret PGCONNECT_TIMEOUT=20
until pg_isready -q -h localhost; do [ $? = 1 ]; done
[ "$(psql -h localhost -U postgres -qAtc 'SELECT 1')" = 1 ]
