#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The options of docker run reach the container, in the traced run and in its verification.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need jq
tiny_image
mkdir "$work/volume"
echo from the host >"$work/volume/file"
echo 'FROM_FILE=yes' >"$work/env"
# The container ends by itself; its exit status says whether all was as asked.
check='set -e
[ "$GREETING" = "hello you" ] && [ "$FROM_FILE" = yes ] && [ "$(pwd)" = /www ]
[ "$(cat /data/file)" = "from the host" ] && [ "$(id -u):$(id -g)" = 1000:1000 ]
! touch /etc/new 2>/dev/null
touch /scratch/new
[ "$(cat /proc/sys/kernel/hostname)" = box ]
[ "$(grep CapBnd /proc/self/status | cut -f2)" = 0000000000000400 ]'
mkdir -p "$work/more/bin" "$work/more/data"
for applet in grep cut; do ln -s busybox "$work/more/bin/$applet"; done
make_image "$work/more.tar" "$work/tiny.json" "$work/tiny" "$work/more"
expect_status 0 "$SLIM" run --json -o "$work/out" -e 'GREETING=hello you' --env-file "$work/env" \
  -v "$work/volume:/data:ro" --tmpfs /scratch -w /www -u 1000:1000 --read-only --hostname box \
  --cap-drop ALL --cap-add NET_BIND_SERVICE --entrypoint sh "$work/more.tar" -c "$check"
expect_json "$work/stdout" '.verify.passed'

# --network none has only its loopback; the probe runs in there all the same.
expect_status 0 "$SLIM" run -o "$work/out" --network none "$tiny" -- sh -c \
  'test "$(ls /sys/class/net | wc -l)" -ge 0; curl -fsS localhost:8080/ -o /dev/null'
# COMMAND replaces Cmd: another port.
expect_status 0 "$SLIM" run -o "$work/out" "$tiny" httpd -f -p 9999 -h /www -- \
  sh -c 'test "$SLIM_PORTS" = 9999 && test -n "$SLIM_CONTAINER_ID$SLIM_CONTAINER_PID" && curl -fsS localhost:9999/ -o /dev/null'
expect_json "$work/out/ports.json" '[.[] | select(.state == "used")][0].port == 9999'
expect_json "$work/out/ports.json" '[.[] | select(.port == 8080)][0].state == "exposed-unused"'
expect_equal "$(skopeo inspect --config "oci-archive:$work/out/image.tar" | jq -c '.config.ExposedPorts | keys')" \
  '["9999/tcp"]' ExposedPorts
expect_nothing_left
