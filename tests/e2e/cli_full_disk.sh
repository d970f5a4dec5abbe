#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A full disk, for the output and for the layer store: one clear line, nothing half-written.
# The small disks are mounted in a namespace of this test's own.
[ -n "${SLIM_E2E_INSIDE:-}" ] || SLIM_E2E_INSIDE=1 exec unshare --mount --propagation private "$0"
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
tiny_image
mkdir "$work/small" "$work/filled"
at_end umount "$work/small"
at_end umount "$work/filled"
at_end umount "$work/small" "$work/filled"

# The image alone is larger than this.
mount -t tmpfs -o size=600k tmpfs "$work/small"
expect_error 1 '[Nn]o space|full' "$SLIM" run -o "$work/small/out" "$tiny" -- \
  curl -fsS localhost:8080/ -o /dev/null
left=$(find "$work/small/out" -mindepth 1 ! -name container.log ! -name verify.log -printf '%P ')
[ -z "$left" ] || fail "half-written: $left"

# No room for the layers.
mount -t tmpfs -o size=600k tmpfs "$work/filled"
expect_error 1 '[Nn]o space|full' env SLIM_CACHE_DIR="$work/filled" "$SLIM" run -o "$work/out" "$tiny" -- \
  curl -fsS localhost:8080/ -o /dev/null
expect_no_file "$work/out/image.tar"
left=$(find "$work/filled" -type f -size +64k | head -3)
[ -z "$left" ] || fail "left in the store: $left"

# With room again the same store works.
mount -o remount,size=200m "$work/filled"
expect_status 0 env SLIM_CACHE_DIR="$work/filled" "$SLIM" run -o "$work/out" "$tiny" -- \
  curl -fsS localhost:8080/ -o /dev/null
expect_nothing_left
