#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: JSON, files, an error, and what the standard library reads only when asked.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
url=localhost:8080
check 'the page' says '<li>tea</li>' curl -fsS $url/
check 'a list as JSON' says '"name":"biscuits"' curl -fsS $url/items
check 'JSON posted' says '"id":3,"name":"jam"' curl -fsS -d '{"name": "jam"}' $url/items
check 'bad JSON' says '^400$' curl -sS -o /dev/null -w '%{http_code}\n' -d 'not json' $url/items
check 'a missing page' says '^404$' curl -sS -o /dev/null -w '%{http_code}\n' $url/nowhere
check 'a style sheet' says '^[Cc]ontent-[Tt]ype: text/css' curl -fsSI $url/static/style.css
check 'a JSON file' says '"version": 3' curl -fsS $url/static/version.json
check 'a directory' says 'style.css' curl -fsS $url/static/
check 'a digest' says '"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"' \
  curl -fsS --data-binary hello $url/digest
check 'gzip' says compressible curl -fsS --compressed $url/compressed
check 'the user' says '"user":"nobody"' curl -fsS $url/whoami
check 'localhost' says '127.0.0.1' curl -fsS "$url/resolve?name=localhost"
check 'certificate authorities' says '"authorities":[1-9][0-9]' curl -fsS $url/roots
verdict
