#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A container that a Docker engine runs already is observed, and goes on as it was.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need_docker
need jq curl nsenter ss bpftool
archive=$(scenario_image nginx)
image=slim-e2e/observe:$$
name=slim-e2e-observe-$$
skopeo copy -q "oci-archive:$archive" "docker-daemon:$image" >/dev/null
at_end docker rmi -f "$image"

# start [OPTION...]: starts the container as $name and waits until it serves; $pid is its process.
# Not localhost: where IPv6 is off, curl ends with ::1's "cannot assign", which it does not retry.
start() {
  docker run -d --name "$name" "$@" "$image" >/dev/null
  at_end docker rm -f "$name"
  pid=$(docker inspect -f '{{.State.Pid}}' "$name")
  nsenter -t "$pid" -n curl -fsS --retry 50 --retry-connrefused --retry-delay 1 127.0.0.1/ -o /dev/null
}

# What others see of the container: it has to stay so.
state() {
  docker inspect -f '{{.State.Pid}} {{.State.StartedAt}} {{.RestartCount}}' "$name"
  docker top "$name" -o pid,args
  grep -h TracerPid "/proc/$pid/status"
  ls -l "/proc/$pid/fd" | awk '{print $9, $11}'
  cat "/proc/$pid/mountinfo"
}

# The kernel may take a moment to remove programs, and other tests' are held by their processes.
expect_no_programs() {
  local id
  for id in $(bpftool -j prog list | jq '.[] | select(.name // "" | test("^(adopt_|find_root)")) | .id'); do
    timeout 20 bash -c "until grep -qsE '^prog_id:\\s+$id\$' /proc/[0-9]*/fdinfo/* ||
      ! bpftool prog show id $id; do :; done" >/dev/null 2>&1 || fail "BPF program $id is left"
  done
}

expect_untouched() {
  state | diff "$work/before" - >&2 || fail "the container is not what it was"
  expect_no_programs
}

# observe [ARG...]: in the background, as $observer; returns once it is attached.
observe() {
  rm -f "$work/log"
  # A shell without job control starts background commands with SIGINT ignored: undo that.
  env --default-signal=INT "$SLIM" observe -o "$work/out" "$@" >"$work/stdout" 2>"$work/log" </dev/null &
  observer=$!
  wait_for_line 'From now on' "$work/log"
}

ended() {
  local status=0
  wait "$observer" || status=$?
  expect_equal $status "$1" "exit status; it said: $(tail -3 "$work/log")"
}

start
state >"$work/before"

# With a probe, which ends it.
expect_status 0 "$SLIM" observe --json -o "$work/probed" "$name" -- curl -fsS localhost/ -o /dev/null
expect_one_document "$work/stdout"
cmp "$work/stdout" "$work/probed/trace.json"
expect_untouched
trace=$work/probed/trace.json
expect_json "$trace" '.complete and .covers_start == false and .backend == "ebpf"'
expect_json "$trace" ".image_digest == \"$(docker inspect -f '{{.Image}}' "$name")\""
expect_json "$trace" '.exposed == ["80/tcp"] and (.mount_points | contains(["/proc", "/etc/hosts"]))'
# Against others: processes, programs, what is mapped and open, who listens.
expect_equal "$(jq .processes "$trace")" "$(docker top "$name" -o pid | grep -c '[0-9]')" processes
expect_json "$trace" "[.execs[].file] == [\"$(readlink "/proc/$pid/exe")\"]"
for process in $(docker top "$name" -o pid | grep '[0-9]'); do
  awk '$6 ~ "^/" && $5 != 0 {print $6}' "/proc/$process/maps"
done | grep -vE '^/(dev|proc)/|\(deleted\)' | sort -u >"$work/mapped"
jq -r '.files | to_entries[] | select(.value.on_rootfs and (.value.access | index("mapped"))) | .key' "$trace" |
  LC_ALL=C sort -u | diff <(LC_ALL=C sort -u "$work/mapped") - >&2 || fail "mapped files differ from the kernel's list"
nsenter -t "$pid" -n ss -Hltn | awk '{sub(/.*:/, "", $4); print $4}' | sort -u >"$work/listening"
jq -r '.sockets[] | select(.action == "listen" and .protocol == "tcp") | .port' "$trace" | sort -u |
  diff "$work/listening" - >&2 || fail "ports differ from those of ss"
expect_json "$work/probed/ports.json" 'all(.state == "used" and .in_expose and .open_at_stop != false)'
# What the probe made it do, and the call that the master process sleeps in all the time.
expect_json "$trace" '.files["/var/www/html/index.html"].access | index("read")'
expect_json "$trace" '[.sockets[] | select(.action == "accept" and .port == 80)] | length > 0'
expect_json "$trace" '.syscalls.x86_64 // .syscalls.aarch64 | has("rt_sigsuspend") and has("accept4")'

# Ctrl-C is the usual end.
observe "$name"
nsenter -t "$pid" -n curl -sS localhost/missing -o /dev/null
kill -INT "$observer"
ended 0
expect_json "$work/out/trace.json" '.complete and (.lookups | has("/var/www/html/missing"))'
expect_untouched

# So is the end of the time; no matter what --pid names of the container.
worker=$(docker top "$name" -o pid | sed -n '$p')
expect_status 0 "$SLIM" observe -q --duration 1s --pid "$worker" -o "$work/unnamed"
expect_equal "$(cat "$work/stdout" "$work/stderr")" "" "output with -q"
unnamed=$work/unnamed/trace.json
expect_json "$unnamed" ".processes == $(jq .processes "$trace") and .image_digest == \"\""
expect_untouched
# A probe that fails fails; what was seen is written all the same. One that lasts is ended.
expect_error 5 'probe ended with exit status 3' "$SLIM" observe -o "$work/failed" "$name" -- sh -c 'exit 3'
expect_file "$work/failed/trace.json"
expect_error 5 'did not end in time' "$SLIM" observe --duration 1s -o "$work/failed" "$name" -- sleep 1000
expect_error 2 'not found on this host' "$SLIM" observe -o "$work/failed" "$name" -- no-such-probe
expect_untouched

# The audit reads such a trace as it is; an image and a profile are not made of it alone.
expect_status 0 "$SLIM" ports --format sarif --fail-on undeclared,ephemeral "$trace"
expect_json "$work/stdout" '.version == "2.1.0"'
expect_error 6 'lacks the start.*slim merge' "$SLIM" profile "$trace"
expect_status 0 "$SLIM" profile --allow-incomplete "$trace"
expect_error 6 'lacks the start.*--allow-incomplete' "$SLIM" build -o "$work/built" --trace "$trace" "$image" -- true
# United with one that has the start: of the archive, whose digest is another, but not the config's.
expect_status 0 "$SLIM" trace -o "$work/traced" "$archive" -- curl -fsS localhost/ -o /dev/null
expect_file "$work/traced/ports.json"
expect_status 0 "$SLIM" merge -o "$work/both.json" "$trace" "$work/traced/trace.json" "$work/out/trace.json"
expect_json "$work/both.json" '.covers_start and .complete and (.lookups | has("/var/www/html/missing"))'
expect_status 0 "$SLIM" build --no-verify --allow-incomplete --json -o "$work/built" --trace "$trace" "$image"
expect_json "$work/stdout" '.trace.complete == false and (.trace.problems[0] | contains("lacks the start"))'
expect_status 0 "$SLIM" build --json -o "$work/built" --trace "$work/both.json" "$image" -- curl -fsS localhost/ -o /dev/null
expect_json "$work/stdout" '.verify.passed and .trace.complete'
# Of nobody knows which image: only when told so.
expect_error 2 'does not say of which image' "$SLIM" merge "$work/traced/trace.json" "$unnamed"
expect_status 0 "$SLIM" merge --force -o "$work/forced.json" "$work/traced/trace.json" "$unnamed"
expect_error 2 'does not say of which image.*--force' "$SLIM" build -o "$work/built" --trace "$unnamed" "$image" -- true
expect_error 6 'lacks the start' "$SLIM" build --force -o "$work/built" --trace "$unnamed" "$image" -- true

# What cannot be observed.
expect_error 2 'name or id' "$SLIM" observe
expect_error 2 'name or id' "$SLIM" observe --pid 1 "$name"
expect_error 2 'not a time' "$SLIM" observe --duration soon "$name"
expect_error 4 'no-such-container.*docker ps' "$SLIM" observe -o "$work/none" "slim-e2e-no-such-container"
expect_error 4 "host's pid namespace" "$SLIM" observe -o "$work/none" --pid $$
expect_error 4 'no process' "$SLIM" observe -o "$work/none" --pid 4194304
expect_error 4 'eBPF alone.*CAP_BPF' python3 "$e2e/deny_bpf.py" "$SLIM" observe -o "$work/none" "$name"
expect_untouched
# A container that shares the pid namespace of this one is not told from it.
docker run -d --name "$name-2" --pid "container:$name" "$image" >/dev/null
at_end docker rm -f "$name-2"
expect_error 4 'in the pid namespace of another container' "$SLIM" observe -o "$work/none" "$name-2"
expect_status 0 "$SLIM" observe --duration 1s -o "$work/shared" "$name"
expect_contains "$work/stderr" 'shares its pid namespace'
docker rm -f "$name-2" >/dev/null

# The container's own end ends it, too.
observe "$name"
docker stop "$name" >/dev/null
ended 0
expect_json "$work/out/trace.json" ".complete and .init_exit_code == $(docker inspect -f '{{.State.ExitCode}}' "$name")"
expect_error 4 'does not run \(exited\)' "$SLIM" observe -o "$work/none" "$name"
docker rm -f "$name" >/dev/null
start --pid=host
expect_error 4 "host's pid namespace.*--pid=host" "$SLIM" observe -o "$work/none" "$name"
expect_nothing_left
