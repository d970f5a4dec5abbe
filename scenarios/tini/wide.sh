#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: storing, counting and expiring in the cache, other pages, errors, and that tini
# still collects what others leave behind. $SCENARIO_EXEC runs a command inside the container.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
url=localhost:8080

# ask COMMAND...: lines to the cache, and everything that it answers.
ask() {
  exec 3<>/dev/tcp/127.0.0.1/11211
  printf '%s\r\n' "$@" quit >&3
  timeout 20 cat <&3
}

check 'the page' says '<title>Site' curl -fsS $url/
check 'a picture' says '^[Cc]ontent-[Tt]ype: image/svg' curl -fsSI $url/img/dot.svg
check 'when it expires' says '^[Cc]ache-[Cc]ontrol: max-age=3600' curl -fsSI $url/img/dot.svg
check 'a range' says '^206$' "${status[@]}" -r 0-3 $url/img/dot.svg
check 'a listing of a directory' says 'open.txt' curl -fsS $url/list/
check 'a file that is denied' says '^403$' "${status[@]}" $url/list/secret.inc
check 'a redirection' says '^301$' "${status[@]}" $url/old/page
check 'a missing page' says '404' curl -sS $url/missing
check 'a method that is not' says '^(405|501)$' "${status[@]}" -X BREW $url/
check 'a value stored and read' says '^hello' ask 'set a 0 0 5' hello 'get a'
check 'a counter' says '^8' ask 'set n 0 0 1' 7 'incr n 1'
check 'a value with an end' says '^TOUCHED' ask 'set t 0 60 1' x 'touch t 120'
check 'a value compared and swapped' says '^EXISTS' ask 'set c 0 0 1' x 'cas c 0 0 1 99999999' y
check 'figures' says '^STAT curr_items [1-9]' ask stats
check 'a large value' says '^STORED' ask "set big 0 0 500000" "$(head -c 500000 /dev/zero | tr '\0' x)"
check 'forgetting all' says '^OK' ask flush_all
if [ -n "${SCENARIO_EXEC:-}" ]; then
  # The shell leaves a child that ends later, to whoever is process 1.
  check 'an orphan' $SCENARIO_EXEC bash -c '(read -r -t 0.1 _ </dev/tcp/127.0.0.1/11211 || true) & '
  check 'and the page after it' says '<title>Site' curl -fsS $url/
fi
verdict
