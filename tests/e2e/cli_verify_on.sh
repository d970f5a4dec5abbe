#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --verify-on: the proof under further runtimes.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need runc crun jq
tiny_image
version() { "$1" --version | sed -n '1s/.* version \([0-9.]*\).*/\1/p'; }

# Both are run, and named with the version that they have.
expect_status 0 "$SLIM" run --runtime runc --verify-on crun -o "$work/both" "$tiny" -- \
  curl -fsS localhost:8080/
expect_equal "$(jq -c .verify.runtimes "$work/both/report.json")" \
  "[\"runc $(version runc)\",\"crun $(version crun)\"]" "the runtimes of the proof"
expect_contains "$work/stdout" "with runc $(version runc) and crun $(version crun)"

# A profile for one runtime does not let another one start the container: no image.
expect_status 7 "$SLIM" run --runtime crun --for crun --verify-on runc --repair 0 -o "$work/one" \
  "$tiny" -- curl -fsS localhost:8080/
expect_no_file "$work/one/image.tar"
expect_contains "$work/stderr" 'with runc: '
expect_equal "$(jq -c .verify.passed "$work/one/report.json")" false "verify.passed"

# Found out before anything is run.
expect_error 4 'no-such-runtime is not there' "$SLIM" run --verify-on "$work/no-such-runtime" \
  -o "$work/none" "$tiny" -- true
expect_no_file "$work/none"
expect_error 2 '--no-verify forbids' "$SLIM" run --no-verify --verify-on crun -o "$work/none" \
  "$tiny" -- true
