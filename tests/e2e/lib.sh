# SPDX-License-Identifier: Apache-2.0
# What the end-to-end tests share. A test is a bash script that sources this file; it gets $SLIM
# (the program), $SLIM_E2E (a directory for images and the layer store), and a scratch directory
# $work that goes away with it. Nothing sleeps: tests wait for lines, files or processes.
# shellcheck shell=bash
set -Eeuo pipefail  # -E: the trap below also tells what failed in a function

: "${SLIM:?the slim program to test}"
: "${SLIM_E2E:?a directory for images and the layer store}"
e2e=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$e2e/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/slim-e2e.XXXXXX")
export SLIM_CACHE_DIR=${SLIM_CACHE_DIR:-$SLIM_E2E/store}
cleanup_commands=()

fail() {
  printf 'FAIL: %s\n' "$*" >&2
  exit 1
}

skip() {
  printf 'SKIP: %s\n' "$*" >&2
  exit 77
}

# at_end COMMAND...: run when the test ends, however it ends; the last one first.
at_end() { cleanup_commands=("$(printf '%q ' "$@")" "${cleanup_commands[@]}"); }

finish() {
  local status=$? command
  for command in "${cleanup_commands[@]}"; do eval "$command" >/dev/null 2>&1 || true; done
  rm -rf "$work"
  exit $status
}
trap finish EXIT
trap 'echo "FAIL: line $LINENO: $BASH_COMMAND" >&2' ERR

need() {
  local tool
  for tool in "$@"; do command -v "$tool" >/dev/null || skip "$tool is not installed"; done
}

need_docker() {
  need docker skopeo
  docker info >/dev/null 2>&1 || skip "no Docker engine runs here (tests/run.sh starts one)"
}

# expect_status STATUS COMMAND...: the command's output goes to $work/stdout and $work/stderr.
expect_status() {
  local want=$1 have=0
  shift
  "$@" >"$work/stdout" 2>"$work/stderr" </dev/null || have=$?
  [ "$have" = "$want" ] ||
    fail "$* ended with $have, not $want
--- stdout
$(tail -20 "$work/stdout")
--- stderr
$(tail -40 "$work/stderr")"
}

# expect_error STATUS PATTERN COMMAND...: fails so, and says so in one line on stderr.
expect_error() {
  local status=$1 pattern=$2 lines
  shift 2
  expect_status "$status" "$@"
  grep -qE -- "$pattern" "$work/stderr" ||
    fail "$* does not say /$pattern/ but: $(tail -5 "$work/stderr")"
  lines=$(grep -cE '^slim: |^error' "$work/stderr" || true)
  [ "$lines" -le 1 ] || fail "$* says it in $lines lines: $(cat "$work/stderr")"
}

expect_equal() { [ "$1" = "$2" ] || fail "${3:-values}: have '$1', want '$2'"; }
expect_file() { [ -e "$1" ] || fail "no file $1"; }
expect_no_file() { [ ! -e "$1" ] || fail "there is a file $1"; }
expect_contains() { grep -qE -- "$2" "$1" || fail "$1 does not hold /$2/: $(tail -5 "$1")"; }

# expect_json FILE FILTER: jq's filter gives true.
expect_json() {
  jq -e "$2" "$1" >/dev/null || fail "$1: not true: $2; it has: $(jq -c . "$1" | cut -c1-1500)"
}

# One JSON document and nothing else.
expect_one_document() {
  expect_equal "$(jq -s length "$1")" 1 "JSON documents in $1"
}

# wait_for_line PATTERN FILE: returns as soon as a line that matches has been written.
wait_for_line() {
  timeout 60 grep -qm1 -E -- "$1" < <(exec tail -n +1 -F "$2" --pid=$$ 2>/dev/null) ||
    fail "no line like /$1/ in $2: $(tail -5 "$2")"
}

# The image of a scenario, built on first use.
scenario_image() {
  local image=$SLIM_E2E/images/$1.tar
  [ -f "$image" ] || "$root/scenarios/build.sh" "$1" "$SLIM_E2E/images" >&2
  printf '%s\n' "$image"
}

# A small image for tests of the command line: busybox with a web server, a shell, and something
# that nobody needs. tiny_tree TREE makes its tree, tiny_config prints its config.
tiny_tree() {
  need busybox
  mkdir -p "$1"/{bin,etc,www,tmp,dev,proc,sys,usr/share/unused}
  chmod 1777 "$1/tmp"
  cp "$(command -v busybox)" "$1/bin/busybox"
  local applet
  for applet in sh httpd cat ls sleep true false echo id touch mkdir; do
    ln -s busybox "$1/bin/$applet"
  done
  echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
  echo 'root:x:0:' >"$1/etc/group"
  echo '<h1>tiny</h1>' >"$1/www/index.html"
  seq 200000 >"$1/usr/share/unused/numbers"
  find "$1" -exec touch -h -d '2020-02-02 02:02:02.123456789 UTC' {} +
}

tiny_config() {
  cat <<'JSON'
{"Env": ["PATH=/bin"], "Cmd": ["httpd", "-f", "-p", "8080", "-h", "/www"],
 "ExposedPorts": {"8080/tcp": {}}, "StopSignal": "SIGKILL"}
JSON
}

# make_image OUT CONFIG LAYER-TREE...: an uncompressed OCI archive.
make_image() {
  local out=$1 config=$2 layers=() tree
  shift 2
  for tree in "$@"; do
    python3 "$root/scenarios/lib/mkimage.py" layer "$tree" "$work/layer${#layers[@]}.tar"
    layers+=("$work/layer${#layers[@]}.tar")
  done
  python3 "$root/scenarios/lib/mkimage.py" image --compression none --config "$config" \
    --name tiny "$out" "${layers[@]}"
}

# tiny_image: sets $tiny to the small image's archive.
tiny_image() {
  tiny=$work/tiny.tar
  tiny_tree "$work/tiny"
  tiny_config >"$work/tiny.json"
  make_image "$tiny" "$work/tiny.json" "$work/tiny"
}

# A probe to stop a run in its middle: $holding_probe tells that it runs and then waits to be let go
# by `echo go >"$work/hold"`. wait_until_probing RUN-LOG waits until it is there.
make_holding_probe() {
  holding_probe=$work/probe.sh
  mkfifo "$work/probing" "$work/hold"
  exec 7<>"$work/probing"
  cat >"$holding_probe" <<PROBE
#!/bin/bash
set -e
curl -fsS localhost:8080/ -o /dev/null
echo probing >"$work/probing"
read -r _ <"$work/hold"
PROBE
  chmod +x "$holding_probe"
}

wait_until_probing() {
  local line
  read -r -t 60 -u 7 line || fail "the run never probed: $(tail -5 "$1")"
}

# Store and temporary files of this test alone, for looking at what is left of a run.
own_store() {
  export SLIM_CACHE_DIR=$work/store TMPDIR=$work/temporary
  mkdir -p "$TMPDIR"
}

# A storage of Podman's and skopeo's of this test alone.
own_containers_storage() {
  cat >"$work/storage.conf" <<TOML
[storage]
driver = "overlay"
graphroot = "$work/graph"
runroot = "$work/runroot"
TOML
  export CONTAINERS_STORAGE_CONF=$work/storage.conf
  at_end umount "$work/graph/overlay"
}

# expect_nothing_left: of runs that used own_store: no process, mount, namespace, control group or
# temporary file. Pass the run ids that were seen, for their control groups.
expect_nothing_left() {
  local pid id left
  for pid in /proc/[0-9]*; do
    [ "${pid#/proc/}" != $$ ] || continue
    if grep -qsF "$work/store" "$pid/mountinfo"; then
      fail "process ${pid#/proc/} ($(tr '\0' ' ' <"$pid/cmdline")) still has mounts of the run"
    fi
  done
  for id in "$@"; do
    # Groups of others go away while it looks, which find calls a failure.
    left=$(find /sys/fs/cgroup -type d -name "*$id*" 2>/dev/null || true)
    [ -z "$left" ] || fail "control groups of run $id are left: $left"
    left=$(ps -eo args | grep -F -- "$id" | grep -v grep || true)
    [ -z "$left" ] || fail "processes of run $id are left: $left"
  done
  left=$(find "$work/store/runs" "$work/store" -mindepth 1 -maxdepth 1 ! -name layers ! -name locks \
    ! -name runs 2>/dev/null || true)
  [ -z "$left" ] || fail "scratch directories are left: $left"
  left=$(find "$TMPDIR" -mindepth 1 | head -3)
  [ -z "$left" ] || fail "temporary files are left: $left"
}
