#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The same image, trace and options give the same bytes.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
tiny_image
run() { expect_status 0 "$SLIM" "$@"; }

run run -o "$work/one" --tag tiny:slim "$tiny" -- curl -fsS localhost:8080/ -o /dev/null
run run -o "$work/two" --tag tiny:slim "$tiny" -- curl -fsS localhost:8080/ -o /dev/null
cmp "$work/one/image.tar" "$work/two/image.tar" || fail "two runs give different images"
cmp "$work/one/seccomp.json" "$work/two/seccomp.json" || fail "two runs give different profiles"

# From the recorded trace, with an empty store, in another directory.
run build --trace "$work/one/trace.json" -o "$work/three" --tag tiny:slim --no-verify "$tiny"
SLIM_CACHE_DIR=$work/store2 run build --trace "$work/one/trace.json" -o "$work/four" --tag tiny:slim \
  --no-verify "$tiny"
cmp "$work/one/image.tar" "$work/three/image.tar" || fail "slim build gives another image than slim run"
cmp "$work/three/image.tar" "$work/four/image.tar" || fail "the layer store shows in the image"
SOURCE_DATE_EPOCH=0 run build --trace "$work/one/trace.json" -o "$work/zero" --no-verify "$tiny"
expect_equal "$(skopeo inspect --config "oci-archive:$work/zero/image.tar" | jq -r .created)" \
  "1970-01-01T00:00:00Z" "created with SOURCE_DATE_EPOCH=0"
SOURCE_DATE_EPOCH=1000000000 run build --trace "$work/one/trace.json" -o "$work/five" --no-verify "$tiny"
expect_equal "$(skopeo inspect --config "oci-archive:$work/five/image.tar" | jq -r .created)" \
  "2001-09-09T01:46:40Z" "created with SOURCE_DATE_EPOCH"
