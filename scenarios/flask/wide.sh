#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a real client does beyond the probe: other routes and methods, errors, large and odd requests,
# and what an administrator does to gunicorn by signals.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
url=localhost:5000
json=(-H 'Content-Type: application/json')

check 'the page' says 'Hello from a fat image' curl -fsS $url/
check 'the list' says '"name": ?"first"' curl -fsS $url/items
# The workers keep their items apart: what matters is that the POST is answered.
check 'a new item' says '"name": ?"second"' curl -fsS "${json[@]}" -d '{"name": "second"}' $url/items
check 'a name beyond ASCII' says '"name"' curl -fsS "${json[@]}" -d '{"name": "\u00e9t\u00e9 ☀"}' $url/items
check 'one item' says '"id": ?1' curl -fsS $url/items/1
check 'not JSON' says '^400$' "${status[@]}" -d 'not json' $url/items
check 'broken JSON' says '^400$' "${status[@]}" "${json[@]}" -d '{"name":' $url/items
check 'a form' says '^400$' "${status[@]}" -F name=x -F file=@"$0" $url/items
check 'no such item' says '^404$' "${status[@]}" $url/items/77
check 'a method that is not allowed' says '^405$' "${status[@]}" -X DELETE $url/items
check 'a page that is not there' says 'Not Found' curl -sS $url/nowhere
check 'HEAD' says '^Content-Type: text/html' curl -fsSI $url/
check 'OPTIONS' says '^Allow: .*POST' curl -fsS -i -X OPTIONS $url/items
check 'a megabyte in chunks' says '^400$' "${status[@]}" "${json[@]}" -H 'Transfer-Encoding: chunked' \
  --data-binary @<(head -c 1000000 /dev/zero) $url/items
check 'two requests on one connection' curl -fsS $url/ $url/items -o /dev/null -o /dev/null
check 'a header that is too large' says '^400$' "${status[@]}" -H "X-Long: $(printf '%09000d' 0)" $url/
check 'no HTTP' says '^HTTP/1.1 400' answer_to_nonsense 5000
if [ -n "${SCENARIO_PID:-}" ]; then
  workers=$(pgrep -P "$SCENARIO_PID")
  # replaced NUMBER: none of the first workers is left, and so many others are there.
  replaced() {
    timeout 30 bash -c 'until [ "$(pgrep -P "$1" | grep -vxF "$2" | wc -l)" = "$3" ] &&
      ! pgrep -P "$1" | grep -qxF "$2"; do :; done' - "$SCENARIO_PID" "$workers" "$1"
  }
  check 'a reload' kill -HUP "$SCENARIO_PID"
  check 'new workers' replaced 2
  check 'and after it' says 'Hello from a fat image' curl -4 -fsS --retry 5 --retry-connrefused $url/
  workers=$(pgrep -P "$SCENARIO_PID")
  # shellcheck disable=SC2086
  check 'workers that die' kill -KILL $workers
  check 'and their successors' replaced 2
  check 'which answer' says '"items"' curl -4 -fsS --retry 5 --retry-connrefused $url/items
  check 'logs opened again' kill -USR1 "$SCENARIO_PID"
  check 'the master lives' kill -0 "$SCENARIO_PID"
fi
verdict
