#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A reader of stdout that has enough ends slim quietly; a full disk is an error.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
tiny_image
make_image "$work/empty.tar" "$work/tiny.json" "$TMPDIR"

# The writing end of a pipe that nobody reads, and a full disk.
mkfifo "$work/pipe"
exec 7<>"$work/pipe" 8>"$work/pipe" 7<&- 9>/dev/full
closed=8 full=9

# expect_end STATUS DESCRIPTOR COMMAND...
expect_end() {
  local want=$1 to=$2 have=0
  shift 2
  "$@" >&"$to" 2>"$work/stderr" </dev/null || have=$?
  expect_equal "$have" "$want" "status of $*"
}

# What is said at once, what is said bit by bit, errors as JSON, and results that are more important.
difference=("$SLIM" diff -q "$work/empty.tar" "$tiny")
for command in "$SLIM --help" "$SLIM run --help" "${difference[*]}"; do
  expect_end 141 $closed $command
  expect_equal "$(cat "$work/stderr")" '' "what $command says"
  expect_end 1 $full $command
  expect_contains "$work/stderr" 'cannot write to stdout: No space left on device'
done
expect_end 8 $closed "${difference[@]}" --exit-code --json
expect_end 2 $closed "$SLIM" merge --json "$work/no-such.json"
expect_equal "$(wc -l <"$work/stderr")" 1 'lines of the error'
