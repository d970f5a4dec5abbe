#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests on a machine that need not know the project: installs what is missing, builds,
# starts a Docker engine if none runs, runs CTest, and ends what it started. Safe to run again.
#
#     tests/run.sh [--preset dev|release|asan] [--no-install] [CTEST-ARGUMENT...]
#
# e.g.  tests/run.sh -L unit          only the unit tests
#       tests/run.sh -L e2e -R nginx  only the nginx scenario
#       tests/run.sh -LE e2e          all but the scenarios
# The exit status is ctest's. The last lines are its summary.
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
preset=release
install=1
while [ $# -gt 0 ]; do
  case $1 in
    --preset) preset=$2; shift 2 ;;
    --no-install) install=; shift ;;
    -h | --help) sed -n '3,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) break ;;
  esac
done
build=$root/build/$preset

say() { printf '==> %s\n' "$*"; }
fail() { echo "tests/run.sh: $*" >&2; exit 1; }

engine=
state=
finish() {
  if [ -n "$engine" ]; then
    say "Stopping the Docker engine that this run started"
    kill "$engine" 2>/dev/null && wait "$engine"
  fi
  [ -z "$state" ] || rm -rf "$state"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start_engine() {
  command -v dockerd >/dev/null || return 0
  if docker info >/dev/null 2>&1; then
    say "Using the Docker engine that runs already"
    return 0
  fi
  say "Starting a Docker engine for this run"
  state=$(mktemp -d)
  # Its own session: Ctrl-C reaches the tests first, the engine is stopped after them.
  setsid dockerd >"$state/dockerd.log" 2>&1 &
  engine=$!
  if ! timeout 60 bash -c "until docker info >/dev/null 2>&1; do kill -0 $engine || exit 1; sleep 0.2; done"
  then
    tail -5 "$state/dockerd.log" >&2
    say "The Docker engine does not start here: tests that need it will be skipped"
    kill "$engine" 2>/dev/null
    wait "$engine"
    engine=
  fi
}

if [ -n "$install" ]; then
  say "Installing the Debian packages that are missing"
  "$root/deploy/packages.sh" install build run scenarios test || fail "packages are missing"
fi

say "Building ($preset, in $build)"
"$root/deploy/build.sh" --preset "$preset" || fail "the build failed"

arguments=("$@")
if [ "$(id -u)" = 0 ]; then
  start_engine
else
  say "Not root: only the tests that need no rights"
  arguments+=(-LE needs-root)
fi

say "Testing"
# One more than there are processors: some wait for a server or the network.
ctest --test-dir "$build" --output-on-failure --no-tests=error -j $(($(nproc) + 1)) \
  "${arguments[@]}" </dev/null
status=$?
# What the engine's end would print must not come after ctest's summary.
finish >/dev/null 2>&1
trap - EXIT
exit $status
