#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What only --closure package promises: character sets with large tables that only a request names.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
check 'a rarer character set' says '^テ$' curl -fsS 'localhost:8080/convert?from=shiftjis&text=%83%65'
verdict
