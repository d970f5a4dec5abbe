#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Images that cannot be read: each kind ends with 3 and one line that says why.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
tiny_image
mkdir "$work/layout" && tar -xf "$tiny" -C "$work/layout"
blob() { echo "$work/layout/blobs/sha256/${1#sha256:}"; }
manifest=$(jq -r '.manifests[0].digest' "$work/layout/index.json")
layer=$(jq -r '.layers[0].digest' "$(blob "$manifest")")

# refused PATTERN IMAGE: and nothing is left where the result would have been.
refused() {
  expect_error 3 "$1" "$SLIM" run -o "$work/refused/out" "$2" -- true
  expect_no_file "$work/refused"
}

# variant NAME: a copy of the layout to break, in $broken
variant() {
  broken=$work/$1
  cp -a "$work/layout" "$broken"
}

# rewrite FILTER: changes the manifest of $broken and puts it back under its right digest.
rewrite() {
  local old=$broken/blobs/sha256/${manifest#sha256:} new sum
  new=$(jq -c "$1" "$old")
  sum=$(printf %s "$new" | sha256sum | cut -d' ' -f1)
  rm "$old"
  printf %s "$new" >"$broken/blobs/sha256/$sum"
  jq -c --arg digest "sha256:$sum" --argjson size "${#new}" \
    '.manifests[0].digest = $digest | .manifests[0].size = $size' "$work/layout/index.json" \
    >"$broken/index.json"
}

refused 'no-such' "oci-archive:$work/no-such.tar"
refused 'no-such' "$work/no-such.tar"
refused 'no-such' "oci:$work/no-such"
refused 'no-such-tag' "oci:$work/layout:no-such-tag"

echo 'This is a text.' >"$work/text"
refused 'text' "oci-archive:$work/text"
refused 'text' "$work/text"
cd "$work"  # a name without a slash is looked up in engines, too: the file has to be told of
refused 'text is not a tar archive' text
refused 'layout/blobs is not an OCI image layout' layout/blobs
gzip -c "$tiny" | xz -0 >"$work/compressed.tar.xz"
refused 'compressed with xz' compressed.tar.xz
cd "$OLDPWD"
: >"$work/empty.tar"
refused 'empty.tar' "oci-archive:$work/empty.tar"
tar -cf "$work/other.tar" -C "$work" text
refused 'other.tar' "docker-archive:$work/other.tar"
refused 'other.tar' "$work/other.tar"

head -c $(($(stat -c %s "$tiny") / 2)) "$tiny" >"$work/truncated.tar"
refused 'truncated' "oci-archive:$work/truncated.tar"

variant wrong-digest
printf X | dd of="$broken/blobs/sha256/${layer#sha256:}" conv=notrunc bs=1 seek=3000 status=none
refused 'digest|sha256' "oci:$broken"

variant missing-blob
rm "$broken/blobs/sha256/${layer#sha256:}"
refused "${layer#sha256:}" "oci:$broken"

variant liar
rewrite '.layers[0].size += 1'
refused 'size|bytes' "oci:$broken"

variant media-type
rewrite '.layers[0].mediaType = "application/vnd.example.layer"'
refused 'application/vnd.example.layer' "oci:$broken"

# Right digest and size, and yet no layer.
variant garbage
head -c 100000 /dev/urandom >"$work/garbage.bin"
sum=$(sha256sum <"$work/garbage.bin" | cut -d' ' -f1)
cp "$work/garbage.bin" "$broken/blobs/sha256/$sum"
rewrite ".layers[0].digest = \"sha256:$sum\" | .layers[0].size = 100000"
refused "$sum|digest|diff" "oci:$broken"

variant json
echo '{"schemaVersion": 2, "manifests": [' >"$broken/index.json"
refused 'index.json|JSON' "oci:$broken"

variant architecture
other=arm64; [ "$(uname -m)" != aarch64 ] || other=amd64
config=$(jq -r .config.digest "$(blob "$manifest")")
changed=$(jq -c --arg other $other '.architecture = $other' "$(blob "$config")")
sum=$(printf %s "$changed" | sha256sum | cut -d' ' -f1)
printf %s "$changed" >"$broken/blobs/sha256/$sum"
rewrite ".config.digest = \"sha256:$sum\" | .config.size = ${#changed}"
jq -c 'del(.manifests[0].platform)' "$broken/index.json" >"$work/index"
mv "$work/index" "$broken/index.json"
refused "$other" "oci:$broken"
# Asked for by name it is run, and proven, as far as the machine can: busybox is the host's here.
expect_status 0 "$SLIM" run -o "$work/out" --platform "linux/$other" "oci:$broken" -- \
  curl -fsS localhost:8080/ -o /dev/null
expect_json "$work/out/report.json" '.verify.passed'

# The store has the layers of the good image by now. A bad one is refused all the same, in each form.
good=(-- curl -fsS localhost:8080/ -o /dev/null)
expect_status 0 "$SLIM" run -o "$work/out" "oci:$work/layout" "${good[@]}"
refused 'digest|sha256' "oci:$work/wrong-digest"
refused 'digest|sha256' "oci:$work/wrong-digest"
cp "$tiny" "$work/damaged.tar"
expect_status 0 "$SLIM" run -o "$work/out" "$work/damaged.tar" "${good[@]}"
at=$(grep -abom1 '<h1>tiny' "$work/damaged.tar" | cut -d: -f1)
printf X | dd of="$work/damaged.tar" conv=notrunc bs=1 seek="$at" status=none
refused 'digest|sha256' "$work/damaged.tar"
skopeo copy -q "oci-archive:$tiny" "docker-archive:$work/docker.tar"
expect_status 0 "$SLIM" run -o "$work/out" "docker-archive:$work/docker.tar" "${good[@]}"
at=$(grep -abom1 '<h1>tiny' "$work/docker.tar" | cut -d: -f1)
printf X | dd of="$work/docker.tar" conv=notrunc bs=1 seek="$at" status=none
refused 'diffID|digest|sha256' "docker-archive:$work/docker.tar"
skopeo copy -q --dest-compress "oci-archive:$tiny" "oci:$work/gzip:x"
expect_status 0 "$SLIM" run -o "$work/out" "oci:$work/gzip" "${good[@]}"
blob=$(find "$work/gzip/blobs" -type f -size +100k)
printf X | dd of="$blob" conv=notrunc bs=1 seek=100000 status=none
refused 'digest|sha256' "oci:$work/gzip"
expect_nothing_left
