#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: pages that load modules, some with native parts, some by names made at run time.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
url=localhost:8080
check 'the page' says 'Welcome to the shop in 2' curl -fsS $url/
check 'a template with a plug-in' says '<li>jam</li>' curl -fsS $url/page
check 'JSON posted' says '"name":"jam"' curl -fsS -d '{"name": "jam"}' $url/items
check 'bad JSON' says '^400$' "${status[@]}" -d '{' $url/items
check 'JSON without native parts' says '^\[1,true\]$' curl -fsS $url/pure
check 'a form' says '^tea$' curl -fsS -d 'name=tea' $url/form
check 'a cookie' says '^tea$' curl -fsS -b name=tea $url/cookie
check 'a module of the application' says "'tea','jam'" curl -fsS $url/report
check 'a digest' says '^2cf24dba5fb0a30e' curl -fsS $url/digest
check 'a date' says '^Wednesday 01 May 2024$' curl -fsS $url/date
check 'a time zone' says '^2024-07-01T12:00:00$' curl -fsS $url/zone
check 'a language' says '^Mai$' curl -fsS $url/german
check 'a time' says '^01.05.2024$' curl -fsS $url/time
check 'a database' says '^tea$' curl -fsS $url/database
check 'gzip' says '^compressible$' curl -fsS $url/gzip
check 'another character set' says '^größe$' curl -fsS $url/charset
check 'one that the request names' says '^größe$' curl -fsS "$url/convert?from=latin1&text=gr%F6%DFe"
check 'names of characters' says '^2$' curl -fsS $url/unicode
check 'YAML' says '^2$' curl -fsS $url/yaml
check 'rounding' says '^3$' curl -fsS $url/round
check 'a deep copy' says '^tea$' curl -fsS $url/copy
check 'a static file' says 'sans-serif' curl -fsS $url/public/style.css
check 'a missing page' says '^404$' "${status[@]}" $url/nowhere
check 'an error' says '^500$' "${status[@]}" $url/fail
verdict
