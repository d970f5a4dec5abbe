#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The table of scenarios has a row for every scenario; a missing row, a row too many and a
# damaged table are found.
#     table_test.sh PYTHON ROOT
set -euo pipefail
python=$1
root=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
check() { "$python" "$root/scenarios/table.py" --check --readme "$work/README.md" >"$work/out" 2>&1; }
fail() { echo "FAIL: $*; it said: $(cat "$work/out")" >&2; exit 1; }

cp "$root/scenarios/README.md" "$work/README.md"
check || { cat "$work/out" >&2; exit 1; }
grep -v '^| nginx |' "$root/scenarios/README.md" >"$work/README.md"
! check || fail "a missing row is not found"
grep -q 'no row for the scenario nginx' "$work/out" || fail "the missing row is not named"
sed 's/^| nginx |/| nothing |/' "$root/scenarios/README.md" >"$work/README.md"
! check || fail "a row of no scenario is not found"
grep -v 'table.py: end' "$root/scenarios/README.md" >"$work/README.md"
! check || fail "a table without its end is not found"
