#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: other requests, broken ones, and many.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
url=localhost:8080

check 'the page' says '^hello, world$' curl -fsS $url/
check 'a missing page' says '^404$' "${status[@]}" $url/missing
check 'a POST' says '^404$' "${status[@]}" -d x $url/
check 'a long address' says '^404$' "${status[@]}" "$url/$(printf '%08000d' 0)"
check 'who says nothing' bash -c 'exec 3<>/dev/tcp/localhost/8080'
check 'no HTTP' says '404 Not Found' answer_to_nonsense 8080
for number in 1 2 3 4 5 6; do
  check "request $number of many" says '^hello, world$' curl -fsS $url/
done
verdict
