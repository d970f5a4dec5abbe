#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: errors, a listing, ranges, and that the capability is what the server runs with.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
url=localhost:80

# Bit 10 of the effective set is CAP_NET_BIND_SERVICE; the user is www-data.
capable() {
  local effective
  effective=$(awk '$1 == "CapEff:" { print $2 }' "/proc/$SCENARIO_PID/status")
  [ $((0x$effective)) = $((1 << 10)) ] || { echo "effective capabilities: $effective"; return 1; }
}

check 'the page' says 'No root needed' curl -fsS $url/
check 'a listing' says 'note.txt' curl -fsS $url/list/
check 'plain text' says '^plain text$' curl -fsS $url/list/note.txt
check 'a missing page' says '404' curl -sS $url/missing
check 'a denied name' says '^403$' curl -sS -o /dev/null -w '%{http_code}' "$url/index.html~"
check HEAD says '^Content-Type: text/html' curl -fsSI $url/
check 'a range' says '^<h1$' curl -fsS -r 0-2 $url/
check 'another method' says '^(405|501)$' curl -sS -o /dev/null -w '%{http_code}' -X DELETE $url/
if [ -n "${SCENARIO_PID:-}" ]; then
  check 'not root' says '^Uid:.33.33' cat "/proc/$SCENARIO_PID/status"
  check 'the one capability' capable
fi
verdict
