#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What only whole packages can promise: programs of coreutils that nothing ran.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
digest=$(printf 'ADA\nGRACE\nEDSGER\nBARBARA & CO\n' | sha256sum | cut -c1-8)
check 'another CGI script' says "^$digest\$" curl -fsS localhost:8080/cgi-bin/digest
check 'and its last line' says '^4$' curl -fsS localhost:8080/cgi-bin/digest
verdict
