#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The image's HEALTHCHECK is part of the probe; one that is switched off, or that no engine would
# run, is none.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
tiny_image
probe=(-- curl -fsS localhost:8080/ -o /dev/null)

# with_check JSON: $checked is the small image with this Healthcheck.
with_check() {
  checked=$work/checked.tar
  tiny_config | jq --argjson check "$1" '.Healthcheck = $check' >"$work/checked.json"
  make_image "$checked" "$work/checked.json" "$work/tiny"
}

for none in '{"Test": ["NONE"]}' '{"Interval": 1000000000}' \
  '{"Test": ["CMD"]}' '{"Test": ["OTHER", "word"]}'; do
  with_check "$none"
  expect_status 0 "$SLIM" run -o "$work/out" "$checked" "${probe[@]}"
done
expect_error 2 'no HEALTHCHECK' "$SLIM" run -o "$work/out" --ready healthcheck "$checked" "${probe[@]}"

# What only the check needs is kept.
with_check '{"Test": ["CMD-SHELL", "cat /usr/share/unused/numbers"]}'
expect_status 0 "$SLIM" run -o "$work/out" "$checked" "${probe[@]}"
expect_json "$work/out/keepset.json" 'has("/usr/share/unused/numbers")'
expect_status 0 "$SLIM" run -o "$work/out" --no-healthcheck "$checked" "${probe[@]}"
expect_json "$work/out/keepset.json" 'has("/usr/share/unused/numbers") | not'
# And what it answered on the original it has to answer on the slim image.
expect_error 7 '' "$SLIM" run -o "$work/out" --repair 0 --drop /usr/share/unused/numbers "$checked" "${probe[@]}"
expect_json "$work/out/report.json" '.verify.details[0].failure | test("HEALTHCHECK failed")'
expect_nothing_left
