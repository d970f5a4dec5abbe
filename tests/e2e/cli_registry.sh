#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docker:// from and to a registry.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need skopeo docker-registry
tiny_image
# A free port: the registry is asked to take any, and logs which one it got... which this version
# does not, so one is taken that nobody has.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/registry.yml" <<YAML
version: 0.1
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: "127.0.0.1:$port"}
YAML
docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
at_end kill $!
curl -fsS --retry 20 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$port/v2/" -o /dev/null
skopeo copy -q --dest-tls-verify=false "oci-archive:$tiny" "docker://localhost:$port/tiny:fat"
expect_status 0 "$SLIM" run -o "$work/out" --to "docker://localhost:$port/tiny:slim" \
  "docker://localhost:$port/tiny:fat" -- curl -fsS localhost:8080/ -o /dev/null
skopeo inspect --tls-verify=false "docker://localhost:$port/tiny:slim" >"$work/inspect"
expect_json "$work/inspect" '.Layers | length == 1'
expect_error 3 'no-such-tag' "$SLIM" run -o "$work/out2" "docker://localhost:$port/tiny:no-such-tag" -- true
expect_nothing_left
