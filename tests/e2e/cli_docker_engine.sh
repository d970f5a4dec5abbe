#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An image in the local Docker engine: used in place, with no layer bytes copied; and sent back with --to.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
need_docker
tiny_image
name=slim-e2e/engine-$$
skopeo copy -q "oci-archive:$tiny" "docker-daemon:$name:fat" >/dev/null
at_end docker rmi -f "$name:fat" "$name:slim"

for reference in "docker-daemon:$name:fat" "$name:fat"; do
  expect_status 0 "$SLIM" run --json -o "$work/out" --tag "$name:slim" --to "docker-daemon:$name:slim" \
    "$reference" -- curl -fsS localhost:8080/ -o /dev/null
  expect_json "$work/stdout" '.verify.passed'
done
# The source came from the engine's directories: nothing of it is in the store.
if [ "$(docker info -f '{{.Driver}}')" = overlay2 ]; then
  expect_equal "$(find "$work/store/layers" -name numbers 2>/dev/null | wc -l)" 0 "copied layer files"
fi
container=$(docker run -d --security-opt "seccomp=$work/out/seccomp.json" "$name:slim")
at_end docker rm -f "$container"
pid=$(docker inspect -f '{{.State.Pid}}' "$container")
expect_equal "$(nsenter -t "$pid" -n curl -fsS --retry 20 --retry-connrefused --retry-delay 1 127.0.0.1:8080/)" \
  '<h1>tiny</h1>' "the page"
# Docker's copy of the original is untouched.
docker run --rm "$name:fat" cat /usr/share/unused/numbers | cmp - <(seq 200000)

# docker save's archive, the same image once more.
docker save -o "$work/saved.tar" "$name:fat"
expect_status 0 "$SLIM" run -o "$work/out2" --tag "$name:slim" "docker-archive:$work/saved.tar" -- \
  curl -fsS localhost:8080/ -o /dev/null
# Wherever it was read from and whenever it was loaded, the result has the same bytes.
cmp "$work/out/image.tar" "$work/out2/image.tar" || fail "the engine gives another image than its archive"
expect_error 3 'no-such-image' "$SLIM" run -o "$work/out3" docker-daemon:slim-e2e/no-such-image:1 -- true
expect_nothing_left
