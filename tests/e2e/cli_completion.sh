#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Completion in the real shells: what each makes of a word and TAB, of options that --help names.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
mkdir "$work/directory"
cd "$work/directory"
touch trace-of-nginx.json

# completes SHELL TYPED WHOLE: TYPED and TAB is what WHOLE would have been.
completes() {
  expect_equal "$(python3 "$e2e/complete.py" "$1" "$SLIM" "$2")" "$3" "'$2' and TAB in $1"
}

missing=()
for shell in bash zsh fish; do
  if ! command -v $shell >/dev/null; then
    missing+=("$shell")
    continue
  fi
  "$SLIM" completion $shell | $shell -n || fail "$shell cannot read its script"
  completes $shell 'expl' 'explain'
  completes $shell 'profile --no-new' 'profile --no-new-privileges'
  completes $shell 'profile --format crio --afte' 'profile --format crio --after-start'
  completes $shell 'profile --format cri' 'profile --format crio'
  completes $shell 'profile --base trace-of' 'profile --base trace-of-nginx.json'
  completes $shell 'profile trace-of' 'profile trace-of-nginx.json'
  completes $shell 'cache pru' 'cache prune'
  completes $shell 'cache prune --old' 'cache prune --older-than'
  completes $shell 'completion fi' 'completion fish'
  # After the first -- it is the probe's.
  completes $shell 'run trace-of-nginx.json -- --mini' 'run trace-of-nginx.json -- --mini'
done
completes bash 'profile --format=cri' 'profile --format=crio'

# Every option of every command is there.
for shell in bash zsh fish; do "$SLIM" completion $shell >"$work/script.$shell"; done
for command in run trace build verify observe merge profile ports explain diff xray lint 'cache ls' \
  'cache prune' completion version; do
  # shellcheck disable=SC2086
  for option in $("$SLIM" $command --help | grep -oE '^ +(-[a-z],)?--[a-z-]+' | grep -oE -- '--.*'); do
    for shell in bash zsh fish; do
      expect_contains "$work/script.$shell" "(--|-l )${option#--}"
    done
  done
done
[ ${#missing[@]} = 0 ] || skip "not installed: ${missing[*]}"
