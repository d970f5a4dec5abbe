#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: a missing page, HEAD, a range, keep-alive, and a reload that must not lose the
# service. $SCENARIO_EXEC runs a command inside the container.
set -euo pipefail
url=localhost:80
curl -fsS $url/ | grep -q 'Welcome to nginx'
[ "$(curl -sS -o /dev/null -w '%{http_code}' $url/missing)" = 404 ]
curl -sS $url/missing | grep -q '404 Not Found'
curl -fsSI $url/ | grep -qi '^content-type: text/html'
[ "$(curl -fsS -r 0-14 $url/ | wc -c)" = 15 ]
curl -fsS $url/ $url/ -o /dev/null -o /dev/null
if [ -n "${SCENARIO_EXEC:-}" ]; then
  $SCENARIO_EXEC nginx -t
  $SCENARIO_EXEC nginx -s reload
fi
curl -fsS --retry 5 --retry-connrefused $url/ | grep -q 'Welcome to nginx'
