#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What only --closure package promises: the C library's conversions between character sets.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
check 'a conversion by the C library' says '^6100$' curl -fsS localhost:80/iconv
verdict
