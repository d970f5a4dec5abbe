#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: a missing page, and many requests.
set -euo pipefail
[ "$(curl -fsS localhost:8080/)" = 'hello, world' ]
[ "$(curl -sS -o /dev/null -w '%{http_code}' localhost:8080/missing)" = 404 ]
for _ in 1 2 3 4 5 6 7 8 9 10; do curl -fsS localhost:8080/ -o /dev/null; done
