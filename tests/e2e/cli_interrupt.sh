#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C and kill -TERM at any moment leave nothing behind; after kill -9 the next run cleans up.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
tiny_image
make_holding_probe

# start: a run that is held in its probe; its process is $run, its id $id.
start() {
  # A shell without job control starts background commands with these ignored: undo that.
  env --default-signal=INT,QUIT "$SLIM" run --tracer "$1" -o "$work/out" "$tiny" -- \
    "$holding_probe" >"$work/log" 2>&1 </dev/null &
  run=$!
  wait_until_probing "$work/log"
  id=$(basename "$(find "$work/store/runs" -mindepth 1 -maxdepth 1 -type d | head -1)")
}

ended() {
  local status=0
  wait "$run" || status=$?
  expect_equal $status "$1" "exit status after $2; it said: $(tail -3 "$work/log")"
}

for tracer in ebpf ptrace; do
  for signal in INT TERM HUP QUIT; do
    start $tracer
    kill -$signal "$run"
    ended 130 "SIG$signal ($tracer)"
    expect_no_file "$work/out/image.tar"
    expect_nothing_left "$id"
    expect_equal "$(pgrep -fc "$holding_probe" || true)" 0 "probes left"
  done
done

# Nobody can clean up at kill -9: the next run does, whatever it is.
for tracer in ebpf ptrace; do
  start $tracer
  kill -KILL "$run"
  wait "$run" || true
  expect_status 0 "$SLIM" run --tracer $tracer -o "$work/out2" "$tiny" -- curl -fsS localhost:8080/ -o /dev/null
  pkill -KILL -f "$holding_probe" || true
  expect_nothing_left "$id"
done

# Other moments: each phase is hit by some of these.
for delay in 0.01 0.03 0.06 0.1 0.15 0.2 0.3 0.4 0.6 0.8 1.1; do
  status=0
  timeout --foreground -s TERM "$delay" "$SLIM" run -o "$work/out3" "$tiny" -- \
    curl -fsS localhost:8080/ -o /dev/null >"$work/log" 2>&1 </dev/null || status=$?
  # 124: timeout had to send the signal, after which the run ended; 0: it was quicker.
  case $status in 0 | 124 | 130) ;; *) fail "status $status after $delay s: $(tail -3 "$work/log")" ;; esac
  expect_nothing_left
done
