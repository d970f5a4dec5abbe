#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The layer store: filled once, listed, freed, and not while it is in use.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need jq
tiny_image
expect_status 0 "$SLIM" run -o "$work/out" "$tiny" -- curl -fsS localhost:8080/ -o /dev/null
layer=$(skopeo inspect "oci-archive:$tiny" | jq -r '.Layers[0]')
expect_status 0 "$SLIM" cache ls --json
expect_json "$work/stdout" "[.[].diff_id] == [\"$layer\"]"
expect_json "$work/stdout" '.[0].bytes > 1000000 and .[0].files > 2'
expect_status 0 "$SLIM" cache ls
expect_contains "$work/stdout" "${layer:0:15}"

# Held by a run: prune leaves it.
make_holding_probe
"$SLIM" run --no-verify -o "$work/out2" "$tiny" -- "$holding_probe" >"$work/log" 2>&1 </dev/null &
run=$!
wait_until_probing "$work/log"
expect_status 0 "$SLIM" cache prune
expect_status 0 "$SLIM" cache ls --json
expect_json "$work/stdout" 'length == 1 and .[0].in_use == true'
echo go >"$work/hold"
wait $run || fail "the run was disturbed: $(tail -5 "$work/log")"

expect_status 0 "$SLIM" cache prune --older-than 1d
expect_status 0 "$SLIM" cache ls --json
expect_json "$work/stdout" 'length == 1'
expect_status 0 "$SLIM" cache prune
expect_status 0 "$SLIM" cache ls --json
expect_json "$work/stdout" 'length == 0'
expect_equal "$(find "$work/store" -type f -size +100k | wc -l)" 0 "large files left"
