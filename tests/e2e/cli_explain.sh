#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# slim explain says why a path is in the image, down to what was observed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
tiny_image
expect_status 0 "$SLIM" run -o "$work/out" "$tiny" -- curl -fsS localhost:8080/ -o /dev/null
expect_status 0 "$SLIM" explain -o "$work/out" /www/index.html
expect_contains "$work/stdout" 'observed|read'
expect_status 0 "$SLIM" explain -o "$work/out" /bin/busybox
expect_contains "$work/stdout" 'httpd|executed|symlink'
expect_status 0 "$SLIM" explain -o "$work/out" /usr/share/unused/numbers
expect_contains "$work/stdout" 'not'
# A path is taken as the image has it.
expect_status 0 "$SLIM" explain -o "$work/out" ./www//../www/index.html /no/such /usr/share/unused
expect_contains "$work/stdout" '^/www/index.html: kept'
expect_contains "$work/stdout" '^/no/such: the image has no such path'
expect_contains "$work/stdout" '^/usr/share/unused: not kept'
# Without a path: what each rule added, adding up to what the image has.
expect_status 0 "$SLIM" explain -o "$work/out"
expect_contains "$work/stdout" '^observed +[0-9]+ +[0-9.]+ '
expect_status 0 "$SLIM" explain --json -o "$work/out"
cp "$work/stdout" "$work/levels"
expect_json "$work/levels" '([.rules[].bytes] | add) == .kept.bytes'
expect_json "$work/levels" ".kept.bytes == $(jq .files.kept_bytes "$work/out/report.json")"
# report.json says how much of it the run did not use.
used=$(jq '[.rules | to_entries[] | select(.key == "observed").value.bytes] | add' "$work/levels")
expect_json "$work/out/report.json" ".files.bytes_by_rules <= .files.kept_bytes - $used"
expect_json "$work/out/report.json" '.files.by_rules > 0'
# What each closure would keep is what a run at that closure does keep.
expect_contains <("$SLIM" explain -o "$work/out") '^package +[0-9]+ +[0-9.]+ '
for level in observed file package; do
  expect_status 0 "$SLIM" build --closure $level --no-verify --trace "$work/out/trace.json" \
    -o "$work/$level" "$tiny"
  expect_json "$work/levels" ".levels.$level.bytes == $(jq .files.kept_bytes "$work/$level/report.json")"
done
cd "$work"
mkdir -p slim-out && cp -a out slim-out/tiny
expect_status 0 "$SLIM" explain --json /www/index.html
expect_one_document "$work/stdout"
