#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One request to each service; both are there a moment after the first.
set -euo pipefail
curl -fsS --max-time 20 --retry 5 --retry-connrefused 127.0.0.1:8080/ -o /dev/null
timeout 20 bash -c 'until (exec 3<>/dev/tcp/127.0.0.1/11211) 2>/dev/null; do :; done'
exec 3<>/dev/tcp/127.0.0.1/11211
printf 'get nothing\r\n' >&3
read -r -t 20 answer <&3
[ "$answer" = $'END\r' ]
