#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: templates, bodies posted, sessions, files, and libraries that a request loads.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
url=localhost:9292
jar=$(mktemp)
trap 'rm -f "$jar"' EXIT
check 'the page' says 'Welcome to the shop' curl -fsS $url/
check 'a template' says '<li>jam</li>' curl -fsS $url/page
check 'JSON posted' says '"name":"jam"' curl -fsS -H 'Content-Type: application/json' \
  -d '{"name": "jam"}' $url/items
check 'bad JSON' says '^400$' "${status[@]}" -d '{' $url/items
check 'a form' says '^tea$' curl -fsS -d 'name=tea' $url/form
check 'a form of several parts' says '^tea$' curl -fsS -F 'name=tea' $url/form
check 'a session begins' says '^visit 1$' curl -fsS -c "$jar" $url/session
check 'and goes on' says '^visit 2$' curl -fsS -b "$jar" $url/session
check 'a module of the application' says '^1,jam' curl -fsS $url/report
check 'a digest' says '^2cf24dba5fb0a30e' curl -fsS $url/digest
check 'a date' says '^Wed, 01 May 2024 12:00:00 GMT' curl -fsS $url/date
check 'YAML' says '^3$' curl -fsS $url/yaml
check 'decimals' says '^0.3$' curl -fsS $url/decimal
check 'sets' says '^2$' curl -fsS $url/set
check 'gzip' says '^compressible$' curl -fsS $url/gzip
check 'another character set' says '^größe$' curl -fsS $url/charset
check 'a static file' says 'sans-serif' curl -fsS $url/style.css
check 'a download' says '^[Cc]ontent-[Dd]isposition: attachment' curl -fsS -D - $url/file
check 'a gem not yet used' says 'name="tea"' curl -fsS $url/builder
check 'a gem with a native extension' says '^true$' curl -fsS $url/password
check 'a missing page' says '^no such page$' curl -sS $url/nowhere
check 'an error' says '^500$' "${status[@]}" $url/fail
verdict
