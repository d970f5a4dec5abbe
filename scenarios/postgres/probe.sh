#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One query.
set -euo pipefail
export PGPASSWORD=secret PGCONNECT_TIMEOUT=20
[ "$(psql -h localhost -U postgres -qAtc 'SELECT 1')" = 1 ]
