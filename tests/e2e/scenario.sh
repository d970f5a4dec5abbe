#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One scenario with one tracer: slimmed and verified by slim, its files checked by other tools,
# then loaded into a real Docker engine and used beyond the probe, twice, under its own profile.
#
#     scenario.sh NAME ebpf|ptrace
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scenarios/lib/engine.sh
. "$root/scenarios/lib/engine.sh"
# shellcheck source=scenarios/lib/hostile.sh
. "$root/scenarios/lib/hostile.sh"

# compare_unpacked: what is in the slim image is field by field what the source has, seen by others.
compare_unpacked() {
  need umoci
  local which file layers=()
  for which in source slim; do
    file=$([ $which = slim ] && echo "$out/image.tar" || echo "$image")
    skopeo copy -q "oci-archive:$file" "oci:$work/layout-$which:x"
    umoci unpack --image "$work/layout-$which:x" "$work/umoci-$which" >/dev/null 2>"$work/umoci.log" ||
      fail "umoci: $(tail -3 "$work/umoci.log")"
    rm -rf "$work/layout-$which"
  done
  python3 "$e2e/check_unpacked.py" "$work/umoci-source/rootfs" "$work/umoci-slim/rootfs" \
    "$out/image.tar" || fail "umoci sees differences"
  rm -rf "$work"/umoci-*

  skopeo copy -q "oci-archive:$image" "docker-daemon:slim-e2e/$name-unpacked:$$" >/dev/null
  at_end docker rmi -f "slim-e2e/$name-unpacked:$$"
  # The engine's own directories, put together as it does for a container.
  for which in "slim-e2e/$name-unpacked:$$" "$tag"; do
    layers+=("$(docker image inspect -f '{{with .GraphDriver.Data}}{{.UpperDir}}:{{.LowerDir}}{{end}}' \
      "$which" | sed 's/:<no value>$//; s/:$//')")
  done
  mkdir "$work/docker-source" "$work/docker-slim" "$work/docker-empty"
  unshare --mount --propagation private bash -euc '
    mount -t overlay -o "ro,lowerdir=$1:$4/docker-empty" overlay "$4/docker-source"
    mount -t overlay -o "ro,lowerdir=$2:$4/docker-empty" overlay "$4/docker-slim"
    python3 "$3/check_unpacked.py" "$4/docker-source" "$4/docker-slim" "$5"' \
    bash "${layers[0]}" "${layers[1]}" "$e2e" "$work" "$out/image.tar" || fail "Docker sees differences"
}

name=$1
tracer=$2
scenario=$root/scenarios/$name
need jq skopeo python3 nsenter
image=$(scenario_image "$name")
out=$work/out
tag=slim-e2e/$name-$tracer:$$
scenario_options

say() { printf -- '-- %s\n' "$*"; }

say "slim run, $tracer"
expect_status 0 "$SLIM" run --tracer "$tracer" --output "$out" --tag "$tag" --json \
  "${options[@]}" "oci-archive:$image" "${probe[@]}"
cp "$work/stdout" "$work/report.json"
tail -25 "$work/stderr"

say "The files of the output directory"
expect_one_document "$work/report.json"
for file in image.tar seccomp.json ports.json trace.json report.json; do
  expect_file "$out/$file"
done
expect_equal "$(jq -S . "$out/report.json" | sha256sum)" "$(jq -S . "$work/report.json" | sha256sum)" \
  "report.json and the document on stdout"
expect_json "$out/report.json" '.schema_version and .verify.passed == true'
expect_json "$out/report.json" ".trace.backend == \"$tracer\" and .trace.complete == true"
expect_json "$out/report.json" '.slim.bytes < .source.bytes and .files.kept > 0 and .files.removed > 0'
expect_json "$out/report.json" '(.syscalls.names | length) == .syscalls.count'
wanted=$(jq -cS '[.ports[] | {port, protocol, state}] | sort' "$scenario/expect.json")
have=$(jq -cS '[.[] | select(.state == "used" or .state == "exposed-unused")
                    | {port, protocol, state}] | unique' "$out/ports.json")
expect_equal "$have" "$wanted" "ports.json"
expect_json "$out/seccomp.json" '.defaultAction == "SCMP_ACT_ERRNO" and (.syscalls | length) > 0'

say "The image, read by others"
python3 "$e2e/check_image.py" "$image" "$out/image.tar" "$scenario/expect.json" "$out/report.json" ||
  fail "the slim image is not what it should be"
expect_equal "$(skopeo inspect "oci-archive:$out/image.tar" | jq -r '.Layers | length')" 1 layers
skopeo inspect "docker-archive:$out/image.tar" >/dev/null
tar -tf "$out/image.tar" >"$work/members"
for member in oci-layout index.json manifest.json; do expect_contains "$work/members" "^$member$"; done

need_docker
say "Docker: load, start under seccomp.json"
docker load -q -i "$out/image.tar" >/dev/null
at_end docker rmi -f "$tag"

# The same for every tracer, as far as they agree on what they saw: once is enough.
if [ "$tracer" = ebpf ]; then
  say "Docker: a hostile companion under run.sh"
  build_hostile "$work/hostile"
  attack "$out" "$work/hostile" >"$work/let-through" || fail "the companion: $(tail -5 "$out/hostile.log")"
  jq -r '.does_itself[]? // empty' "$scenario/expect.json" | diff - "$work/let-through" >&2 ||
    fail "let through is not just what the application itself does"
  if [ "$(jq .compare_unpacked "$scenario/expect.json")" = true ]; then
    say "The image, as umoci and Docker unpack it"
    compare_unpacked
  fi
fi

# only_gaps SCRIPT: a wide probe has failed in just those checks that expect.json names as known gaps.
gaps='.wide_gaps[]?'
only_gaps() {
  [ "$1" != probe.sh ] || return 1
  jq -r "$gaps // empty" "$scenario/expect.json" | LC_ALL=C sort >"$work/gaps"
  [ -s "$work/gaps" ] || return 1
  failed_checks "$work/client" | LC_ALL=C sort | diff "$work/gaps" - >&2
}

# A batch image has no port: its output is what counts.
if [ ${#probe[@]} = 0 ]; then
  if [ "$(jq -r '.output // empty' "$scenario/expect.json")" ]; then
    jq -r .output "$scenario/expect.json" >"$work/wanted"
  else
    skopeo copy -q "oci-archive:$image" "docker-daemon:slim-e2e/$name-source:$$" >/dev/null
    at_end docker rmi -f "slim-e2e/$name-source:$$"
    docker run --rm "slim-e2e/$name-source:$$" >"$work/wanted" 2>&1
  fi
  for round in 1 2; do
    docker run --rm --security-opt "seccomp=$out/seccomp.json" "${options[@]}" "$tag" \
      >"$work/have" 2>&1 || fail "start $round: $(tail -5 "$work/have")"
    cmp "$work/wanted" "$work/have" || fail "start $round prints: $(cat "$work/have")"
  done
  if [ -x "$scenario/wide.sh" ]; then
    run_jobs wide.sh docker run --rm --security-opt "seccomp=$out/seccomp.json" "${options[@]}" \
      "$tag" >"$work/client" 2>&1 || only_gaps wide.sh ||
      fail "wide.sh fails: $(tail -15 "$work/client")"
  fi
  say "passed"
  exit 0
fi

port=$(scenario_port)

# use CONTAINER SCRIPT: runs a client beside the container, once its port answers.
use() {
  await_port "$(container_pid docker "$1")" "$port" ||
    fail "nothing answers at port $port: $(docker logs "$1" 2>&1 | tail -10)"
  run_client docker "$1" "$2" >"$work/client" 2>&1 || only_gaps "$2" ||
    fail "$2 fails: $(tail -5 "$work/client"); the container says: $(docker logs "$1" 2>&1 | tail -15)"
}

# stop CONTAINER: by its StopSignal, within Docker's ten seconds, not by being killed.
stop() {
  docker stop "$1" >/dev/null
  local code
  code=$(docker inspect -f '{{.State.ExitCode}}' "$1")
  [ "$code" != 137 ] || fail "the container had to be killed: $(docker logs "$1" 2>&1 | tail -5)"
}

container=$(docker run -d --security-opt "seccomp=$out/seccomp.json" "${options[@]}" "$tag")
at_end docker rm -fv "$container"
use "$container" probe.sh
use "$container" wide.sh
stop "$container"
say "Docker: the same container again"
docker start "$container" >/dev/null
use "$container" wide.sh
stop "$container"
say "Docker: a second container, under run.sh"
sed -E -i 's/--publish ([0-9]+):[0-9]+/--publish \1/' "$out/run.sh"  # a free port of the host
variables=()
for word in "${options[@]}"; do [[ $word != *=* ]] || variables+=("$word"); done
second=$(env "${variables[@]}" "$out/run.sh" -d)
at_end docker rm -fv "$second"
use "$second" probe.sh
if [ "$tracer" = ebpf ]; then  # the other one does not know which capabilities the kernel granted
  gaps='(.wide_gaps[]?, .confined_gaps[]?)'
  use "$second" wide.sh
fi
stop "$second"
say "passed"
