#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: error pages, methods, ranges, conditions, a broken request, and what an
# administrator does by signals. $SCENARIO_EXEC runs a command inside the container.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
url=localhost:80

check 'the page' says 'Welcome to nginx' curl -fsS $url/
check 'the page by name' says 'Welcome to nginx' curl -fsS $url/index.html
check 'a missing page' says '404 Not Found' curl -sS $url/missing
check 'its status' says '^404$' "${status[@]}" $url/missing
check 'a type' says '^Content-Type: text/html' curl -fsSI $url/
check 'a range' says '^206$' "${status[@]}" -r 0-14 $url/
check 'two ranges' says 'multipart/byteranges|byterange' curl -fsS -i -r 0-4,10-14 $url/
check 'a range that is not there' says '^416$' "${status[@]}" -r 999999- $url/
check 'two requests on one connection' curl -fsS $url/ $url/ -o /dev/null -o /dev/null
check 'not modified' says '^304$' "${status[@]}" \
  -H "If-None-Match: $(curl -fsSI $url/ | sed -n 's/^ETag: //Ip' | tr -d '\r')" $url/
check 'compression' says '^Content-Encoding: gzip' curl -fsS -D - -o /dev/null --compressed $url/
check 'a POST' says '^405$' "${status[@]}" -d x $url/
check 'a body of 500 kB' says '^405$' "${status[@]}" --data-binary @<(head -c 500000 /dev/zero) $url/
check 'a body that is too large' says '^413$' "${status[@]}" -H Expect: \
  --data-binary @<(head -c 3000000 /dev/zero) $url/
check 'a way out of the root' says '^400$' "${status[@]}" --path-as-is $url/../../etc/passwd
check 'no HTTP' says '400 Bad Request' answer_to_nonsense 80
if [ -n "${SCENARIO_EXEC:-}" ]; then
  check 'the configuration' says 'test is successful' $SCENARIO_EXEC nginx -t
  check 'the version' says 'nginx/1' $SCENARIO_EXEC nginx -V
  check 'a reload' $SCENARIO_EXEC nginx -s reload
  check 'and after it' says 'Welcome to nginx' curl -4 -fsS --retry 5 --retry-connrefused $url/
  check 'logs opened again' $SCENARIO_EXEC nginx -s reopen
  check 'and after that' says 'Welcome to nginx' curl -fsS $url/
fi
if [ -n "${SCENARIO_PID:-}" ]; then
  workers=$(pgrep -P "$SCENARIO_PID")
  # shellcheck disable=SC2086
  check 'workers that die' kill -KILL $workers
  check 'and their successors' says 'Welcome to nginx' curl -fsS --retry 5 --retry-all-errors $url/
fi
verdict
