#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A container that Podman runs is observed; its trace is one of the same image as slim trace's.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scenarios/lib/starts.sh
. "$root/scenarios/lib/starts.sh"
own_store
need skopeo podman jq curl
own_containers_storage
tiny_image
skopeo copy -q "oci-archive:$tiny" containers-storage:localhost/tiny:fat
name=slim-e2e-observe-$$
"${podman[@]}" run -d --network none "${podman_run[@]}" --name "$name" localhost/tiny:fat \
  >"$work/started" 2>&1 || skip "podman cannot run containers here: $(tail -1 "$work/started")"
at_end "${podman[@]}" rm -f "$name"
pid=$(podman inspect -f '{{.State.Pid}}' "$name")
expect_status 0 "$SLIM" observe -o "$work/seen" "$name" -- \
  curl -fsS --retry 50 --retry-connrefused --retry-delay 1 127.0.0.1:8080/ -o /dev/null
trace=$work/seen/trace.json
expect_json "$trace" ".complete and .config_digest == \"sha256:$(podman inspect -f '{{.Image}}' "$name")\""
expect_json "$trace" '.exposed == ["8080/tcp"] and .execs[0].file == "/bin/busybox"'
expect_json "$trace" '.files["/www/index.html"].access | index("read")'
expect_equal "$(podman inspect -f '{{.State.Pid}}' "$name")" "$pid" "the container's process"
expect_status 0 "$SLIM" trace -o "$work/traced" containers-storage:localhost/tiny:fat -- \
  curl -fsS localhost:8080/ -o /dev/null
expect_status 0 "$SLIM" merge "$trace" "$work/traced/trace.json"
expect_json "$work/stdout" '.covers_start'
"${podman[@]}" stop -t 0 "$name" >/dev/null
expect_error 4 'does not run \(exited\)' "$SLIM" observe -o "$work/none" "$name"
