#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --json puts exactly one document on stdout, in success and in failure; without it stdout has the table.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need jq
tiny_image
expect_status 0 "$SLIM" run --json -o "$work/out" "$tiny" -- curl -fsS localhost:8080/
expect_one_document "$work/stdout"
expect_json "$work/stdout" '.schema_version and .source.bytes > .slim.bytes and .verify.passed'
expect_json "$work/stdout" '.timings | type == "object" and length > 3'
expect_json "$work/stdout" '.ports[0] | .port == 8080 and .protocol == "tcp" and .in_expose == true'
expect_json "$work/stdout" '.files | .kept > 0 and .removed > 0 and .kept_bytes > 0 and .removed_bytes > 1000000'
expect_status 3 "$SLIM" run --json -o "$work/out" "oci-archive:$work/nothing.tar" -- true
expect_one_document "$work/stdout"
expect_status 0 "$SLIM" trace --json -o "$work/trace" "$tiny" -- curl -fsS localhost:8080/
expect_one_document "$work/stdout"
expect_file "$work/trace/trace.json"
expect_status 0 "$SLIM" cache ls --json
expect_one_document "$work/stdout"

# The probe's output is not slim's result.
expect_status 0 "$SLIM" run -q -o "$work/out" "$tiny" -- curl -fsS localhost:8080/
expect_equal "$(grep -c '<h1>tiny' "$work/stdout" || true)" 0 "lines of the probe on stdout"
# No terminal: no control characters anywhere.
expect_status 0 "$SLIM" run -o "$work/out" "$tiny" -- curl -fsS localhost:8080/ -o /dev/null
if grep -q $'\e' "$work/stdout" "$work/stderr"; then fail "control sequences without a terminal"; fi
expect_contains "$work/stdout" '8080'
