#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: error pages, a directory's index, rewriting, a missing password, ranges, the
# status page, and a reload. $SCENARIO_EXEC runs a command inside the container.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
url=localhost:80
check 'the page' says '<title>Apache2 Debian' curl -fsS $url/
check 'another page' says '<title>Shop' curl -fsS $url/home.html
check 'a missing page' says '404 Not Found' curl -sS $url/missing
check 'a forbidden method' says '^405$' "${status[@]}" -X PUT -d x $url/home.html
check 'an index of a directory' says 'prices.csv' curl -fsS $url/files/
check 'a rewritten address' says '<title>An item' curl -fsS $url/items/7
check 'a header' says '^X-Shop: open' curl -fsSI $url/home.html
check 'no password' says '^401$' "${status[@]}" $url/private/notes.txt
check 'a range' says '^206$' "${status[@]}" -r 0-4 $url/home.html
check 'compression' says '^Content-Encoding: gzip' curl -fsSI --compressed $url/
check 'the status page' says 'Apache Server Status' curl -fsS $url/status
if [ -n "${SCENARIO_EXEC:-}" ]; then
  check 'the configuration' says 'Syntax OK' $SCENARIO_EXEC httpd-foreground -t
  check 'a reload' $SCENARIO_EXEC httpd-foreground -k graceful
  check 'and after it' says '<title>Shop' curl -4 -fsS --retry 5 --retry-connrefused $url/home.html
fi
verdict
