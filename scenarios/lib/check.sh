# SPDX-License-Identifier: Apache-2.0
# For wide probes: named checks that all run, however many fail, and are counted. The table
# (scenarios/table.py) reads the count from the last line.
# shellcheck shell=bash
checks=0
failed=0
# "${status[@]}" URL prints the status of the answer alone.
# shellcheck disable=SC2034
status=(curl -sS -o /dev/null -w '%{http_code}\n')

# check NAME COMMAND...: the command succeeds.
check() {
  local name=$1 output
  shift
  checks=$((checks + 1))
  if ! output=$("$@" 2>&1); then
    failed=$((failed + 1))
    printf 'FAIL: %s: %s\n' "$name" "$(tail -3 <<<"$output")"
  fi
}

# refused COMMAND...: the command fails, as it should.
refused() { ! "$@"; }

# says PATTERN COMMAND...: the command's output has a line like that.
says() {
  local pattern=$1 output
  shift
  output=$("$@" 2>&1) || { printf '%s\n' "$output"; return 1; }
  grep -qE -- "$pattern" <<<"$output" || { printf 'no /%s/ in: %s\n' "$pattern" "$output"; return 1; }
}

# answer_to_nonsense PORT: what a server says to what is no HTTP. Closing a connection of which it has
# not read all is a reset, which cat ends with 1 for.
answer_to_nonsense() {
  bash -c 'exec 3<>"/dev/tcp/localhost/$0"; printf "nonsense\r\n\r\n" >&3
    timeout 10 cat <&3 || [ $? = 1 ]' "$1"
}

# The end of a wide probe.
verdict() {
  printf '%s of %s checks fail\n' "$failed" "$checks"
  [ "$failed" = 0 ]
}
