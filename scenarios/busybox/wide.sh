#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: the page's content, other files, errors, a CGI script that uses the same tools
# in another way, other applets of the same busybox.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
url=localhost:8080

check 'the page is sorted' says '<td>grace<td>42' curl -fsS $url/
check 'and escaped' says 'barbara &amp; co' curl -fsS $url/
check 'and dated' says '^made 20' curl -fsS $url/
check 'a missing page' says '404' curl -sS -o /dev/null -w '%{http_code}' $url/missing
check 'a CGI script' says '^2: barbara & co$' curl -fsS $url/cgi-bin/names
check HEAD says '200 OK' curl -fsSI $url/index.html
check 'a range' says '^<table$' curl -fsS -r 0-5 $url/
if [ -n "${SCENARIO_EXEC:-}" ]; then
  check 'a shell' says '^4$' \
    $SCENARIO_EXEC sh -c 'sort -u /srv/data/scores.csv | awk "END { print NR }"'
  check 'other applets' says '^2a$' \
    $SCENARIO_EXEC busybox sh -c 'printf "%x\n" 42 | busybox tail -n1'
  check 'applets on files' $SCENARIO_EXEC busybox sh -c '
    cd /srv/data && busybox gzip -c scores.csv | busybox zcat | busybox cmp - scores.csv'
fi
verdict
