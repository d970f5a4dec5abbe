#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: the user's name, the time zone, a library loaded by name, a missing page.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
url=localhost:8080
check 'the name of the user' says '^hello, greeter$' curl -fsS $url/
check 'the time zone' says '^CET$' curl -fsS $url/zone
check 'a library loaded by name' says '^HELLO, WORLD$' curl -fsS $url/shout
check 'a missing page' says '^404$' curl -sS -o /dev/null -w '%{http_code}' $url/missing
verdict
