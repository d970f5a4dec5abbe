#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: every other page, each with an extension or a part of PHP of its own.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
url=localhost:80
jar=$(mktemp)
trap 'rm -f "$jar"' EXIT
check 'the page' says 'Welcome to the shop' curl -fsS $url/
check 'JSON posted' says '"name": "jam"' curl -fsS -d '{"name": "jam"}' $url/json
check 'bad JSON' says '^500$' "${status[@]}" -d '{' $url/json
check 'a form' says '^tea &amp; jam$' curl -fsS --data-urlencode 'name=tea & jam' $url/form
check 'an upload' says '^[0-9]{3,}$' curl -fsS -F "file=@$0" $url/upload
check 'a session begins' says '^visit 1$' curl -fsS -c "$jar" $url/
check 'and goes on' says '^visit 2$' curl -fsS -b "$jar" $url/
check 'multibyte text' says '^GRÖSSE 5 größe$' curl -fsS $url/multibyte
check 'a date in a time zone' says '^Monday 1 July 2024 12:00 \+02:00$' curl -fsS $url/date
check 'a regular expression' says '^1.234.567$' curl -fsS $url/regex
check 'digests' says '^2cf24dba5fb0a30e.* 1 8$' curl -fsS $url/digest
check 'a cipher' says '^secret$' curl -fsS $url/cipher
check 'XML' says '^tea$' curl -fsS $url/xml
check 'a database' says '^tea$' curl -fsS $url/database
check 'gzip' says '^compressible$' curl -fsS $url/compressed
check 'another class of a package' says '^CHF \| 3.33 CHF$' curl -fsS $url/prices
check 'a package that was not used' says '^To: shop@example.org$' curl -fsS $url/order
check 'a pool with an extension of its own' says '^31 March$' curl -fsS $url/holidays.php
check 'a request to itself' says 'Welcome to the shop' curl -fsS $url/fetch
check 'another script' says '^1.234.567$' curl -fsS $url/other.php
check 'a static file' says 'sans-serif' curl -fsS $url/style.css
check 'a missing page' says '^404$' "${status[@]}" $url/nowhere
check 'a missing script' says '^404$' "${status[@]}" $url/nowhere.php
check 'an error' says '^500$' "${status[@]}" $url/fail
verdict
