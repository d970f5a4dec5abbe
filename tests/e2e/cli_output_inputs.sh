#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Nothing in the output directory is lost that slim cannot make again: what the run itself reads, and
# what people have under the same names. And results are there together or not at all.
# The small disk is mounted in a namespace of this test's own.
[ -n "${SLIM_E2E_INSIDE:-}" ] || SLIM_E2E_INSIDE=1 exec unshare --mount --propagation private "$0"
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need jq
tiny_image
probe=(-- curl -fsS localhost:8080/ -o /dev/null)

# refused DIRECTORY NAME OPTION...: the run does not begin, and the file is what it was.
refused() {
  local directory=$1 file=$1/$2
  shift 2
  cp "$file" "$work/before"
  expect_error 2 "$file .*--output" "$SLIM" run -o "$directory" "$@" "${probe[@]}"
  cmp "$file" "$work/before" || fail "$file is another one now"
}

mkdir "$work/source" "$work/project"
cp "$tiny" "$work/source/image.tar"
refused "$work/source" image.tar "$work/source/image.tar"
refused "$work/source" image.tar "oci-archive:$work/source/../source/image.tar"
for name in compose.yaml kubernetes.yaml run.sh; do
  echo '# my own' >"$work/project/$name"
  refused "$work/project" "$name" "$tiny"
  rm "$work/project/$name"
done
# What slim wrote it replaces.
for _ in 1 2; do expect_status 0 "$SLIM" run -o "$work/project" "$tiny" "${probe[@]}"; done
refused "$work/project" seccomp.json --security-opt "seccomp=$work/project/seccomp.json" "$tiny"

# A trace goes on being there until the one that is made of it is, and if none is made.
expect_status 0 "$SLIM" trace -o "$work/out" "$tiny" "${probe[@]}"
cp "$work/out/trace.json" "$work/recorded.json"
jq '.incomplete = ["by hand"] | .complete = false' "$work/recorded.json" >"$work/out/trace.json"
expect_error 6 'by hand' "$SLIM" build -o "$work/out" --trace "$work/out/trace.json" "$tiny"
expect_json "$work/out/trace.json" '.incomplete == ["by hand"]'
cp "$work/recorded.json" "$work/out/trace.json"
expect_status 0 "$SLIM" build -o "$work/out" --no-verify --trace "$work/out/trace.json" "$tiny"
# What the code of the made image can call is added to it, and nothing else.
expect_json "$work/out/trace.json" '.reachable | length > 0'
jq "del(.reachable)" "$work/out/trace.json" | diff -q - <(jq . "$work/recorded.json") || fail "not the trace that it was made of"

# Room for the image and not for the rest.
size=$(($(stat -c %s "$work/out/image.tar") / 1024 + 24))
mkdir "$work/small"
mount -t tmpfs -o size=${size}k tmpfs "$work/small"
at_end umount "$work/small"
expect_error 1 '[Nn]o space|full' "$SLIM" build -o "$work/small" --no-verify \
  --trace "$work/recorded.json" "$tiny"
left=$(find "$work/small" -mindepth 1 ! -name trace.json -printf '%P ')
[ -z "$left" ] || fail "some of the results are there: $left"
expect_nothing_left
