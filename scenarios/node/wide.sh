#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: bodies posted, files, a template engine, modules loaded by a request, errors.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
url=localhost:3000
check 'the page' says 'Welcome to The fat shop' curl -fsS $url/
check 'a list as JSON' says '"name":"tea"' curl -fsS $url/items
check 'JSON posted' says '"name":"jam"' \
  curl -fsS -H 'Content-Type: application/json' -d '{"name": "jam"}' $url/items
check 'JSON in another character set' says '"name":"j.*m"' \
  curl -fsS -H 'Content-Type: application/json; charset=utf-16' \
  --data-binary @<(printf '{"name": "jäm"}' | iconv -t UTF-16) $url/items
check 'compressed JSON posted' says '"name":"jam"' \
  curl -fsS -H 'Content-Type: application/json' -H 'Content-Encoding: gzip' \
  --data-binary @<(printf '{"name": "jam"}' | gzip) $url/items
check 'bad JSON' says '^400$' "${status[@]}" -H 'Content-Type: application/json' -d '{' $url/items
check 'a form' says '"a":\{"b":"1"\}' curl -fsS -d 'a[b]=1' $url/form
check 'a template' says '<li>tea</li>' curl -fsS $url/page
check 'a static file' says 'sans-serif' curl -fsS $url/static/style.css
check 'a range of it' says '^206$' "${status[@]}" -r 0-3 $url/static/style.css
check 'a download' says '^[Cc]ontent-[Dd]isposition: attachment; filename="terms.txt"' \
  curl -fsS -D - $url/download
check 'a module of the application' says '1,tea' curl -fsS $url/report
check 'a package not yet used' says '"newer":true' curl -fsS "$url/newer?a=1.10.0&b=1.9.0"
check 'locale data' says '1.234,50' curl -fsS $url/price
check 'a worker thread' says '^2cf24dba5fb0a30e' curl -fsS $url/thread
check 'gzip' says compressible curl -fsS --compressed $url/gzip
check 'a missing page' says 'Cannot GET /nowhere' curl -sS $url/nowhere
check 'an error' says '^500$' "${status[@]}" $url/fail
verdict
