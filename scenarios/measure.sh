#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measures one scenario for the table of README.md, and prints what it found as a JSON document:
#
#     scenarios/measure.sh NAME [STARTS]
#
# The image is slimmed and verified at the default closure, and built from the same trace at the
# other two; the wide probes run on a Docker engine under the profile; a hostile companion takes the
# application's place under run.sh; then the image is started STARTS times (default 20; 0: not at all) on Docker, podman, crun and runc, each with
# no-new-privileges off and on. $SLIM is the program (default: build/release/slim). Needs root,
# a Docker engine, and the packages of `deploy/packages.sh list run scenarios test`.
set -uo pipefail

[ $# -ge 1 ] || { sed -n '3,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
name=$1
starts=${2:-20}
scenario=$here/$name
SLIM=${SLIM:-$here/../build/release/slim}
# shellcheck source=scenarios/lib/engine.sh
. "$here/lib/engine.sh"
# shellcheck source=scenarios/lib/hostile.sh
. "$here/lib/hostile.sh"
# shellcheck source=scenarios/lib/starts.sh
. "$here/lib/starts.sh"

scratch=$(mktemp -d)
# On a disk that overlayfs can use for its upper directory, whatever $TMPDIR is.
export SLIM_CACHE_DIR=${SLIM_CACHE_DIR:-${SLIM_SCENARIO_CACHE:-$HOME/.cache/slim-scenarios}/store}
tag=slim-table/$name:file
finish() {
  docker rmi -f "slim-table/$name:file" "slim-table/$name:package" >/dev/null 2>&1
  podman rmi -f "docker.io/slim-table/$name:file" >/dev/null 2>&1
  podman rmi -f "localhost/slim-table/$name:file" >/dev/null 2>&1
  umount -l "$scratch/bundle/rootfs" 2>/dev/null
  ip netns delete "$netns" 2>/dev/null
  rm -rf --one-file-system "$scratch"
}
trap finish EXIT
trap 'exit 130' INT TERM
fail() { echo "measure.sh: $name: $*" >&2; exit 1; }
say() { echo "   $name: $*" >&2; }

scenario_options
port=$(scenario_port)
began=$(date +%s%N)
"$here/build.sh" "$name" "$scratch" >"$scratch/log" 2>&1 || fail "$(tail -5 "$scratch/log")"
source=oci-archive:$scratch/$name.tar

say "slimming"
began_run=$(date +%s%N)
"$SLIM" run --output "$scratch/file" --tag "$tag" --json "${options[@]}" "$source" "${probe[@]}" \
  >"$scratch/log" 2>"$scratch/errors" || fail "slim run: $(tail -3 "$scratch/errors")"
run_seconds=$((($(date +%s%N) - began_run) / 1000000))
for closure in observed package; do
  "$SLIM" build --closure $closure --no-verify --trace "$scratch/file/trace.json" \
    --output "$scratch/$closure" --tag "slim-table/$name:$closure" --json "${options[@]}" "$source" \
    >"$scratch/log" 2>"$scratch/errors" || fail "slim build: $(tail -3 "$scratch/errors")"
done

# wide CLOSURE SCRIPT...: prints "FAILING CHECKS" of the wide probes at a closure; one that does not
# count its checks (lib/check.sh) is one check. The names of failing ones go to stderr.
wide() {
  local closure=$1 image=slim-table/$name:$1 container="" failing=0 checks=0 script status last
  local run=(docker run --security-opt "seccomp=$scratch/$1/seccomp.json" "${options[@]}")
  shift
  docker load -q -i "$scratch/$closure/image.tar" >/dev/null || return
  for script in "$@"; do
    [ -x "$scenario/$script" ] || continue
    status=0
    if [ -z "$port" ]; then
      run_jobs "$script" "${run[@]}" --rm "$image" >"$scratch/wide" 2>&1 || status=1
    else
      if [ -z "$container" ]; then
        container=$("${run[@]}" -d "$image") &&
          await_port "$(container_pid docker "$container")" "$port" 2>/dev/null
      fi
      run_client docker "$container" "$script" >"$scratch/wide" 2>&1 || status=1
    fi
    last=$(sed -n 's/^\([0-9]*\) of \([0-9]*\) checks fail$/\1 \2/p' "$scratch/wide" | tail -1)
    [ -n "$last" ] || last="$status 1"
    failing=$((failing + ${last% *})) checks=$((checks + ${last#* }))
    sed "s/^/   $name: $closure: /;/FAIL/!d" "$scratch/wide" >&2
  done
  [ -z "$container" ] || docker rm -fv "$container" >/dev/null
  echo "$failing $checks"
}

say "wide probes"
read -r file_failing file_checks <<<"$(wide file wide.sh)"
read -r package_failing package_checks <<<"$(wide package wide.sh wide_package.sh)"

say "a hostile companion"
build_hostile "$scratch/hostile" || fail "the hostile companion cannot be built"
let_through=$(attack "$scratch/file" "$scratch/hostile") ||
  fail "the hostile companion: $(tail -3 "$scratch/file/hostile.log")"

# calls_for OPTION...: how many calls a profile allows that `slim profile` makes of the trace.
calls_for() {
  "$SLIM" profile "$@" "$scratch/file/trace.json" |
    jq '[.syscalls[] | select(.action == "SCMP_ACT_ALLOW").names[]] | unique | length'
}
runc_calls=$(calls_for --for runc) || fail "slim profile does not tell the calls for runc"
runc_nnp_calls=$(calls_for --for runc --no-new-privileges)

profile=$scratch/file/seccomp.json
declare -A started
if [ "$starts" -gt 0 ]; then
  say "starting $starts times on each engine and runtime"
  "${podman[@]}" load -q -i "$scratch/file/image.tar" >/dev/null 2>&1
  for engine in docker podman; do
    started[$engine]=$(engine_starts $engine "$starts")
    started[${engine}_nnp]=$(engine_starts $engine "$starts" --security-opt no-new-privileges)
  done
  if make_bundle "$scratch/file/image.tar"; then
    for runtime in crun runc; do
      started[$runtime]=$(runtime_starts $runtime "$starts" false)
      started[${runtime}_nnp]=$(runtime_starts $runtime "$starts" true)
    done
  else
    say "no bundle: $(tail -1 "$scratch/start.log")"
  fi
fi
say "done in $((($(date +%s%N) - began) / 1000000000)) s"

for key in "${!started[@]}"; do printf '%s\t%s\n' "$key" "${started[$key]}"; done |
  jq -Rn --arg name "$name" --argjson starts "$starts" --argjson run_ms "$run_seconds" \
    --argjson file "[${file_failing:-null},${file_checks:-0}]" \
    --argjson runc "$runc_calls" --argjson runc_nnp "$runc_nnp_calls" \
    --argjson attacks "$hostile_attacks" --arg let_through "$let_through" \
    --argjson package "[${package_failing:-null},${package_checks:-0}]" \
    --slurpfile report "$scratch/file/report.json" \
    --slurpfile observed "$scratch/observed/report.json" \
    --slurpfile package_report "$scratch/package/report.json" '
    $report[0] as $r | {name: $name, source: $r.source.bytes,
      slim: {observed: $observed[0].slim.bytes, file: $r.slim.bytes,
             package: $package_report[0].slim.bytes},
      rounds: $r.verify.rounds,
      syscalls: {allowed: $r.syscalls.count, of: $r.syscalls.total, runc: $runc, runc_nnp: $runc_nnp},
      capabilities: $r.confinement.capabilities.needed, writable: $r.confinement.read_only.writable,
      ports: [$r.ports[] | select(.state == "used") | "\(.port)/\(.protocol)"] | unique,
      attacks: {tried: $attacks, let_through: ($let_through | split("\n"))},
      wide: {file: $file, package: $package}, run_seconds: ($run_ms / 1000),
      starts: $starts,
      started: [inputs | split("\t") | {(.[0]): (.[1] | tonumber? // 0)}] | add}'
