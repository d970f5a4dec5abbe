#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Several probes in one run, over a restart: what each brings is told, and the slim image is proven with
# all of them.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need jq curl
tiny_image
tiny_tree "$work/site"
for page in index first second; do echo "$page" >"$work/site/www/$page.html"; done
make_image "$work/site.tar" "$work/tiny.json" "$work/site"

cat >"$work/probes" <<'END'
# A pipe needs a shell; the file stays over the restart.
curl -fsS localhost:8080/first.html | grep -q first
exec: sh -c 'echo here > /www/left'
restart
exec: busybox grep -q here /www/left
curl -fsS localhost:8080/second.html -o /dev/null
curl -fsS localhost:8080/second.html -o /dev/null
curl -fsS localhost:8080/first.html -o /dev/null
END
for tracer in ebpf ptrace; do
  expect_status 0 "$SLIM" run --tracer $tracer -o "$work/out" --probe-file "$work/probes" "$work/site.tar"
  expect_contains "$work/stderr" '^ *curl .*second.html.*: .*1 new file'
  expect_contains "$work/stderr" 'the last 2 probes brought nothing new'
  report=$work/out/report.json
  expect_json "$report" '.verify.passed and (.probes | length) == 6'
  expect_json "$report" '[.probes[].new_files] | .[0] >= 1 and .[3] == 1 and .[4] == 0 and .[5] == 0'
  expect_json "$report" '.probes[5].files == .probes[3].files'
  expect_status 0 tar -xOf "$work/out/image.tar" index.json
  expect_json "$work/out/keepset.json" 'has("/www/first.html") and has("/www/second.html")'
  expect_json "$work/out/keepset.json" '(has("/www/index.html") or has("/www/left")) | not'
done

echo 'curl -fsS localhost:8080/nowhere' >>"$work/probes"
expect_error 5 'the probe "curl .*nowhere" ended with' \
  "$SLIM" run -o "$work/out" --probe-file "$work/probes" "$work/site.tar"
expect_error 2 'line 1' "$SLIM" run -o "$work/out" --probe-file <(echo 'exec:') "$work/site.tar"
expect_error 2 'nothing-there' "$SLIM" run -o "$work/out" --probe-file nothing-there "$work/site.tar"
expect_nothing_left
