#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C and kill -9 after the traced run leave nothing either: while the slim image is proven with
# measures, while it is proven without them, and in a container that was started again.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need jq curl
tiny_image
mkfifo "$work/probing" "$work/hold"
exec 7<>"$work/probing"

# The probe: holds in its run number $1; every run after it fails where $2 says so.
make_probe() {
  rm -f "$work/runs"
  cat >"$work/probe.sh" <<PROBE
#!/bin/bash
echo run >>"$work/runs"
number=\$(wc -l <"$work/runs")
if [ \$number = $1 ]; then
  echo probing >"$work/probing"
  read -r _ <"$work/hold"
fi
$2
exec curl -fsS localhost:8080/ -o /dev/null
PROBE
  chmod +x "$work/probe.sh"
}

# start PROBE-OPTION...: a run that is held in its probe; its process is $run, its id $id.
start() {
  # A shell without job control starts background commands with SIGINT ignored: undo that.
  env --default-signal=INT "$SLIM" run -o "$work/out" "$@" >"$work/log" 2>&1 </dev/null &
  run=$!
  wait_until_probing "$work/log"
  id=$(basename "$(find "$work/store/runs" -mindepth 1 -maxdepth 1 -type d | head -1)")
}

# hit MOMENT PATTERN PROBE-OPTION...: with each signal; PATTERN is what the log says by then.
hit() {
  local moment=$1 pattern=$2 hold=$3 also=$4 signal status
  shift 4
  for signal in INT KILL; do
    make_probe "$hold" "$also"
    start "$@"
    expect_contains "$work/log" "$pattern"
    kill -$signal "$run"
    status=0
    wait "$run" || status=$?
    if [ $signal = INT ]; then
      expect_equal $status 130 "exit status in $moment; it said: $(tail -3 "$work/log")"
    else
      # Nobody can clean up at kill -9: the next run does.
      expect_status 0 "$SLIM" run --ready exit -o "$work/next" "$tiny" true
      pkill -KILL -f "$work/probe.sh" || true
    fi
    expect_no_file "$work/out/image.tar"
    expect_nothing_left "$id"
    expect_equal "$(pgrep -fc "$work/probe.sh" || true)" 0 "probes left in $moment"
  done
}

plain=("$tiny" -- "$work/probe.sh")
hit "the proof" '^ +build ' 2 '' "${plain[@]}"
# Tries: the traced run is 1; the proof with measures is 2 to 5, which fail; the one without them is 6.
hit "the proof without measures" '^ +build ' 6 '[ $number = 1 ] || exit 1' "${plain[@]}"
printf '%s\nrestart\n%s\n' "$work/probe.sh" "$work/probe.sh" >"$work/probes"
hit "a restarted container" '^ +ready ' 2 '' --probe-file "$work/probes" "$tiny"
