# SPDX-License-Identifier: Apache-2.0
# Using a scenario's image on a container engine, as its tests and its table do. $scenario is the
# scenario's directory. Nothing here ends the script: the caller says what a failure means.
# shellcheck shell=bash

# scenario_options: sets $options (of docker run and slim run) and $probe (slim's arguments).
scenario_options() {
  options=()
  [ ! -f "$scenario/options" ] || read -ra options <"$scenario/options"
  probe=()
  [ ! -x "$scenario/probe.sh" ] || probe=(-- "$scenario/probe.sh")
}

# The port that a scenario's service answers at; empty for a job.
scenario_port() {
  jq -r '[.ports[] | select(.state == "used" and .protocol == "tcp")][0].port // empty' \
    "$scenario/expect.json"
}

# await_port PID PORT [SECONDS]: until the port answers in the process's network namespace. Fails
# when the process ends or the time is over.
await_port() {
  timeout "${3:-60}" nsenter -t "$1" -n bash -c \
    "until (exec 3<>/dev/tcp/127.0.0.1/$2) 2>/dev/null; do kill -0 $1 || exit 1; sleep 0.05; done"
}

container_pid() { "$1" inspect -f "{{.State.Pid}}" "$2"; }

# run_client ENGINE CONTAINER SCRIPT: a client beside the container. It finds in its environment
# how to run a command inside, and the process on the host.
run_client() {
  local pid
  pid=$(container_pid "$1" "$2") || return
  SCENARIO_EXEC="$1 exec $2" SCENARIO_PID=$pid nsenter -t "$pid" -n "$scenario/$3"
}

# run_jobs SCRIPT ENGINE-RUN...: a wide probe of a job, which starts containers by $SCENARIO_RUN.
run_jobs() {
  local script=$1
  shift
  SCENARIO_RUN="$*" "$scenario/$script"
}

# failed_checks OUTPUT: the names of the checks (lib/check.sh) that failed in a wide probe.
failed_checks() { sed -n 's/^FAIL: \([^:]*\): .*/\1/p' "$1"; }
