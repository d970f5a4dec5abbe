#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two runs never share an output directory; the second ends with 2 and the first is not disturbed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
tiny_image
make_holding_probe
"$SLIM" run --no-verify -o "$work/out" "$tiny" -- "$holding_probe" >"$work/first" 2>&1 </dev/null &
first=$!
wait_until_probing "$work/first"
expect_error 2 'in use' "$SLIM" run -o "$work/out" "$tiny" -- true
echo go >"$work/hold"
wait $first || fail "the first run was disturbed: $(tail -5 "$work/first")"
expect_file "$work/out/image.tar"
expect_nothing_left
