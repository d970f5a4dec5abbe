#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a real client does beyond the probe: other routes, another method, errors.
set -euo pipefail
url=localhost:5000
curl -fsS $url/ | grep -q 'Hello from a fat image'
curl -fsS $url/items | jq -e '.items | length >= 1' >/dev/null
# The workers keep their items apart: what matters is that the POST is answered.
curl -fsS -H 'Content-Type: application/json' -d '{"name": "second"}' $url/items |
  jq -e '.id == 2 and .name == "second"' >/dev/null
[ "$(curl -sS -o /dev/null -w '%{http_code}' -d 'not json' $url/items)" = 400 ]
[ "$(curl -sS -o /dev/null -w '%{http_code}' $url/items/77)" = 404 ]
[ "$(curl -sS -o /dev/null -w '%{http_code}' -X DELETE $url/items)" = 405 ]
curl -sS $url/nowhere | grep -q 'Not Found'
