#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage errors end with 2 and one line, before anything is done.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
tiny_image

expect_error 2 'xyz' "$SLIM" run --tracer xyz "$tiny"
expect_error 2 'network' "$SLIM" run --network nowhere "$tiny"
expect_error 2 'unknown-option' "$SLIM" run --unknown-option "$tiny"
expect_error 2 '.' "$SLIM" run
expect_error 2 "no command 'bogus'" "$SLIM" bogus
expect_error 2 'timeout: -1 is not above 0' "$SLIM" run --timeout -1 "$tiny" -- true
expect_error 2 'no-such.json' "$SLIM" profile "$work/no-such.json"
expect_error 2 'no-such-file' "$SLIM" run -o "$work/out" --env-file "$work/no-such-file" "$tiny"
expect_error 1 'not a directory' "$SLIM" run -o "$tiny" "$tiny" -- true
expect_error 1 '/sys/kernel' "$SLIM" run -o /sys/kernel/slim "$tiny" -- true
expect_error 3 '/no-such' "$SLIM" run "$work/no-such" -- true
expect_error 2 'no-such-probe' "$SLIM" run -o "$work/out" "$tiny" -- no-such-probe
expect_error 2 '/tiny.json is no program' "$SLIM" run -o "$work/out" "$tiny" -- "$work/tiny.json"
expect_error 2 'cannot be run' "$SLIM" run -o "$work/out" "$tiny" -- "$work/tiny"
expect_no_file "$work/out/image.tar"
# What the image has not is told before it is run.
for wish in --keep=/usr/share/no-such\* --drop=/no-such --keep-package=no-such \
  "--keep-from=$work/no-such" "--keep-from=$work/wishes"; do
  echo /no-such >"$work/wishes"
  expect_error 2 'no-such' "$SLIM" run -o "$work/out" "$wish" "$tiny" -- touch "$work/probed"
done
expect_error 2 'SOURCE_DATE_EPOCH' env SOURCE_DATE_EPOCH=now \
  "$SLIM" run -o "$work/out" "$tiny" -- touch "$work/probed"
expect_no_file "$work/probed"
expect_status 0 "$SLIM" --help
expect_contains "$work/stdout" 'run'
expect_status 0 "$SLIM" run --help
expect_contains "$work/stdout" '--tracer'
expect_status 0 "$SLIM" version
expect_nothing_left
