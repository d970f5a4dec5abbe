#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every policy that slim writes, read by the program it is for: run.sh and compose.yaml by Docker,
# the profile by Podman, apparmor.profile by apparmor_parser, kubernetes.yaml by kubectl's own types or
# by the schema of what an API server accepts;
# and a hostile program under the profile, which is denied everything it tries.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scenarios/lib/engine.sh
. "$root/scenarios/lib/engine.sh"
# shellcheck source=scenarios/lib/hostile.sh
. "$root/scenarios/lib/hostile.sh"
scenario=$root/scenarios/nginx
need jq python3 nsenter g++
need_docker

out=$work/nginx
tag=slim-e2e/policies:$$
image=$(scenario_image nginx)
expect_status 0 "$SLIM" run --output "$out" --tag "$tag" "oci-archive:$image" -- \
  "$root/scenarios/nginx/probe.sh"
docker load -q -i "$out/image.tar" >/dev/null
at_end docker rmi -f "$tag"

# A port of the host that is free is none of this test's business: Docker picks one.
sed -i 's/--publish 80:80/--publish 80/' "$out/run.sh"

# use CONTAINER: the scenario's probe and then everything else that nginx is known to do.
use() {
  await_port "$(container_pid docker "$1")" 80 ||
    fail "nothing answers: $(docker logs "$1" 2>&1 | tail -10)"
  run_client docker "$1" "$2" >"$work/client" 2>&1 || fail "$2 fails: $(tail -5 "$work/client"); $(docker logs "$1" 2>&1 | tail)"
}

# run.sh: the whole confinement under a real engine.
[ -x "$out/run.sh" ] || fail "run.sh cannot be executed"
container=$("$out/run.sh" -d)
at_end docker rm -fv "$container"
expect_equal "$(docker inspect -f '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}' \
  "$container")" "true [ALL]" "what Docker was told"
use "$container" probe.sh
use "$container" wide.sh

# A hostile program in its place is denied everything. That it would notice: a profile with one call
# more lets just that through, and without a profile the attempts are real ones.
build_hostile "$work/hostile"
expect_equal "$(attack "$out" "$work/hostile")" "" "let through"
mkdir "$work/weaker"
cp "$out/run.sh" "$work/weaker/run.sh"
for call in keyctl mount personality; do
  jq --arg call $call '.syscalls += [{names: [$call], action: "SCMP_ACT_ALLOW"}]' "$out/seccomp.json" \
    >"$work/weaker/seccomp.json"
  expect_equal "$(attack "$work/weaker" "$work/hostile")" $call "let through by a weaker profile"
done
jq '.syscalls += [{names: ["socket"], action: "SCMP_ACT_ALLOW",
                   args: [{index: 0, value: 38, valueTwo: 0, op: "SCMP_CMP_EQ"}]}]' "$out/seccomp.json" \
  >"$work/weaker/seccomp.json"
expect_equal "$(attack "$work/weaker" "$work/hostile")" socket-alg "let through by one more family"
hostile_options "$work/hostile"
docker run --security-opt seccomp=unconfined "${hostile[@]}" "$tag" >"$work/open"
for name in mount fsopen ptrace keyctl personality socket-packet socket-raw chroot unshare-newns; do
  if grep -qE "^$name -(1|38)$" "$work/open"; then
    fail "$name is denied without the profile, too: $(grep "^$name " "$work/open")"
  fi
done

# Podman reads the profile.
if command -v podman >/dev/null; then
  podman=(podman --root "$work/podman" --runroot "$work/podman-run" --cgroup-manager=cgroupfs
          --runtime runc)
  "${podman[@]}" load -q -i "$out/image.tar" >/dev/null
  at_end umount "$work/podman/overlay"
  "${podman[@]}" run --rm --net none --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 \
    --security-opt "seccomp=$out/seccomp.json" --security-opt no-new-privileges \
    --entrypoint /usr/sbin/nginx "$tag" -v >"$work/podman.log" 2>&1 ||
    fail "podman: $(tail -5 "$work/podman.log")"
  expect_contains "$work/podman.log" '^nginx version'
fi

# Compose, AppArmor, Kubernetes.
if command -v docker-compose >/dev/null; then
  (cd "$out" && docker-compose -f compose.yaml config) >"$work/compose" 2>&1 ||
    fail "docker-compose: $(tail -5 "$work/compose")"
  expect_contains "$work/compose" 'read_only: true'
  # And does it: the service comes up and serves, on a port of the host that is free.
  sed -i 's/"80:80\/tcp"/"80"/; s/- 80:80\/tcp/- "80"/' "$out/compose.yaml"
  # In its directory: the first Compose looks for seccomp.json where it is run.
  compose=(env -C "$out" docker-compose -p "slim-e2e-$$" -f compose.yaml)
  at_end "${compose[@]}" down -v
  "${compose[@]}" up -d >"$work/compose" 2>&1 || fail "docker-compose up: $(tail -5 "$work/compose")"
  container=$("${compose[@]}" ps -q)
  expect_equal "$(docker inspect -f '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}' \
    "$container")" "true [ALL]" "what Compose told Docker"
  use "$container" probe.sh
  use "$container" wide.sh
fi
if command -v apparmor_parser >/dev/null; then
  apparmor_parser --skip-kernel-load --skip-cache "$out/apparmor.profile" >"$work/apparmor" 2>&1 ||
    fail "apparmor_parser: $(tail -5 "$work/apparmor")"
fi
python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed; the rest passed"
as_json() { python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)'; }
as_json <"$out/kubernetes.yaml" >"$work/kubernetes.json"
expect_json "$work/kubernetes.json" '.spec.template.spec.containers[0] | .image == "'"$tag"'"
  and .securityContext.readOnlyRootFilesystem and .securityContext.capabilities.drop == ["ALL"]
  and .securityContext.allowPrivilegeEscalation == false'
if command -v kubectl >/dev/null; then
  # What kubectl's types do not know would be missing from what it writes.
  kubectl annotate --local -f "$out/kubernetes.yaml" -o json slim=checked >"$work/typed.json"
  python3 - "$work/kubernetes.json" "$work/typed.json" <<'PYTHON' || fail "kubectl lost a field"
import json, sys
def within(part, whole):
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(k in whole and within(v, whole[k]) for k, v in part.items())
    if isinstance(part, list):
        return len(part) == len(whole) and all(map(within, part, whole))
    return part == whole
ours, typed = (json.load(open(name)) for name in sys.argv[1:])
sys.exit(0 if within(ours, typed) else 1)
PYTHON
fi
python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed; the rest passed"
python3 "$e2e/check_kubernetes.py" "$out/kubernetes.yaml" "$out/spo.yaml"
as_json <"$out/spo.yaml" >"$work/spo.json"
expect_equal "$(jq -cS .spec.syscalls "$work/spo.json")" "$(jq -cS .syscalls "$out/seccomp.json")" \
  "the operator's rules"
expect_json "$work/spo.json" '.spec | has("defaultErrnoRet") | not'

# From the trace alone.
trace=$out/trace.json
for format in docker oci podman crio; do
  "$SLIM" profile --format "$format" "$trace" | cmp - "$out/seccomp.json" ||
    fail "--format $format is not the profile"
done
expect_error 2 'format' "$SLIM" profile --format systemd "$trace"
expect_error 2 'm68k' "$SLIM" profile --arch m68k "$trace"
expect_status 0 "$SLIM" profile --arch arm64 "$trace"
expect_contains "$work/stderr" 'aarch64 is unproven'
expect_json "$work/stdout" '.architectures == ["SCMP_ARCH_AARCH64"]'
expect_json "$work/stdout" '[.syscalls[].names[]] | index("openat") and (index("open") | not)'
"$SLIM" profile --format run --image "$tag" "$trace" | sh -n || fail "not a shell script"
"$SLIM" profile --format k8s --name web --image "$tag" "$trace" | as_json >"$work/web.json"
expect_json "$work/web.json" '.metadata.name == "web"'
"$SLIM" profile --format compose --image "$tag" "$trace" | as_json >/dev/null
"$SLIM" profile --format apparmor --name web "$trace" >"$work/web.profile"
expect_contains "$work/web.profile" '^profile web '
cat >"$work/base.json" <<'JSON'
{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [
  {"names": ["mount"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "args": [
    {"index": 0, "value": 16, "valueTwo": 0, "op": "SCMP_CMP_EQ"}]}]}
JSON
"$SLIM" profile --base "$work/base.json" "$trace" >"$work/united.json"
expect_json "$work/united.json" '[.syscalls[] | select(.action == "SCMP_ACT_ALLOW" and (.args | not))
  | .names[]] | index("mount") and index("accept4")'
expect_json "$work/united.json" \
  '[.syscalls[] | select(.names | index("ptrace"))] | length == 1 and .[0].args[0].value == 16'
expect_json "$out/seccomp.json" '[.syscalls[] | select(.action == "SCMP_ACT_ALLOW") | .names[]]
  | index("mount") | not'
