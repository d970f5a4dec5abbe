#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs at the same time share one store without getting in each other's way.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
tiny_image
for n in 1 2 3 4; do
  "$SLIM" run --json -o "$work/out$n" --tag tiny:slim "$tiny" -- curl -fsS localhost:8080/ \
    >"$work/report$n" 2>"$work/log$n" </dev/null &
  runs[$n]=$!
done
for n in 1 2 3 4; do
  wait "${runs[$n]}" || fail "run $n: $(tail -5 "$work/log$n")"
  expect_json "$work/report$n" '.verify.passed'
  cmp "$work/out1/image.tar" "$work/out$n/image.tar" || fail "run $n gives another image"
done
expect_nothing_left
