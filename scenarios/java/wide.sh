#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: parts of the run-time that are loaded when first used. (A program that it would
# start is not among them: that is what the profile is there to refuse.)
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
url=localhost:8080
check 'the page' says 'Welcome to the shop' curl -fsS $url/
check 'a body posted' says 'hello' curl -fsS -d hello $url/echo
check 'a digest' says '^2cf24dba5fb0a30e' curl -fsS -d hello $url/digest
check 'gzip' says '^same$' curl -fsS $url/gzip
check 'dates of a locale and a time zone' says '^Mittwoch, 1. Mai 2024 \+02:00$' curl -fsS $url/date
check 'a cipher' says '^secret$' curl -fsS $url/cipher
check 'TLS sockets and authorities' says '^authorities many, suites many' curl -fsS $url/tls
check 'the HTTP client' says 'Welcome to the shop' curl -fsS $url/client
check 'XML' says '^tea$' curl -fsS -d '<item name="tea"/>' $url/xml
check 'a service by its loader' says '^tea,jam$' curl -fsS $url/service
check 'a rare character set' says 'テ' curl -fsS $url/charset
check 'a look-up' says '127.0.0.1' curl -fsS $url/resolve
check 'management beans' says 'heap true' curl -fsS $url/management
check 'a file system in an archive' says 'class true' curl -fsS $url/zip
check 'a missing page' says 'not found' curl -sS $url/nowhere
verdict
