#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# containers-storage: from and to Podman's storage.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need skopeo podman
own_containers_storage
tiny_image
skopeo copy -q "oci-archive:$tiny" containers-storage:localhost/tiny:fat
expect_status 0 "$SLIM" run -o "$work/out" --to containers-storage:localhost/tiny:slim \
  containers-storage:localhost/tiny:fat -- curl -fsS localhost:8080/ -o /dev/null
podman images --format '{{.Repository}}:{{.Tag}}' >"$work/images"
expect_contains "$work/images" 'localhost/tiny:slim'
expect_error 3 'no-such' "$SLIM" run -o "$work/out2" containers-storage:localhost/no-such:1 -- true
