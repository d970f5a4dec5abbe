#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# slim xray says of an image what tar, dpkg, find and stat say of its layers and its tree.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need umoci skopeo dpkg-query setcap openssl

# 1. A real image.
flask=$(scenario_image flask)
expect_status 0 "$SLIM" xray --json --top 1000 "$flask"
expect_one_document "$work/stdout"
cp "$work/stdout" "$work/x.json"
skopeo copy --quiet "oci-archive:$flask" "oci:$work/layout:x"
umoci unpack --image "$work/layout:x" "$work/tree" >/dev/null 2>&1
tree=$work/tree/rootfs
inspected=$(skopeo inspect "oci:$work/layout:x")
number=0
for digest in $(jq -r '.Layers[]' <<<"$inspected"); do
  zcat -f "$work/layout/blobs/sha256/${digest#sha256:}" | tar -tvf - >"$work/list"
  expect_equal "$(jq ".layers[$number].bytes" "$work/x.json")" \
    "$(awk '/^-/ && !/\/\.wh\./ { sum += $3 } END { print sum + 0 }' "$work/list")" "bytes of layer $number"
  expect_equal "$(jq ".layers[$number].files" "$work/x.json")" \
    "$(awk '!/^d/ && !/\/\.wh\./' "$work/list" | wc -l)" "files of layer $number"
  number=$((number + 1))
done
expect_equal "$(jq '.layers | length' "$work/x.json")" "$number"
expect_equal "$(jq .image.files "$work/x.json")" "$(find "$tree" -type f | wc -l)" files
visible=$(find "$tree" -type f -printf '%i %s\n' | sort -u | awk '{ sum += $2 } END { print sum }')
expect_equal "$(jq .image.file_bytes "$work/x.json")" "$visible" "visible bytes"
expect_equal "$(jq '.image.bytes - .waste.bytes' "$work/x.json")" "$visible" "bytes without the waste"
expect_equal "$(jq -r '.largest_files[0].path' "$work/x.json")" \
  "/$(find "$tree" -type f -printf '%s %P\n' | sort -rn | sed -n 1p | cut -d' ' -f2)"
expect_equal "$(jq -r '.special_files[] | select(.kind == "setuid").path' "$work/x.json" | sort)" \
  "$(find "$tree" -type f -perm -4000 -printf '/%P\n' | sort)" setuid
expect_equal "$(jq -r '.software.packages' "$work/x.json")" \
  "$(dpkg-query --admindir="$tree/var/lib/dpkg" -W -f '${db:Status-Status}\n' | grep -cx installed)" \
  packages
expect_equal "$(jq -r .software.system "$work/x.json")" \
  "$(. "$tree/etc/os-release" && echo "$PRETTY_NAME")"
first=$(jq -r '.duplicates.largest[0].paths[0:2][]' "$work/x.json")
sums=$(while read -r path; do sha256sum <"$tree$path"; done <<<"$first" | sort -u | wc -l)
expect_equal "$sums" 1 "contents of the first duplicates"
find "$tree" -type f -size +4095c -printf '%i\t%s\t%p\n' | sort -u -k1,1 >"$work/files"
expect_equal "$(jq '.duplicates.saved_by_links' "$work/x.json")" "$(
  cut -f3- "$work/files" | tr '\n' '\0' | xargs -0 sha256sum | cut -d' ' -f1 |
    paste -d' ' - <(cut -f2 "$work/files") | sort |
    awk '$1 == last { sum += $2 } { last = $1 } END { print sum + 0 }')" "bytes of duplicates"

# 2. Secrets: in the image, deleted by a later layer, in the config; never their values.
tiny_tree "$work/base"
mkdir -p "$work/base/root/.ssh" "$work/base/app"
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/base/root/.ssh/id_rsa" \
  2>/dev/null
printf '%s=%s\n' MODE prod DB_PASSWORD hunter2sesame >"$work/base/app/.env"
printf 'cap' >"$work/base/bin/ping" && setcap cap_net_raw=ep "$work/base/bin/ping"
chmod 777 "$work/base/www"
mkdir -p "$work/top/root/.ssh"
: >"$work/top/root/.ssh/.wh.id_rsa"
tiny_config | jq '.Env += ["API_TOKEN=hunter3sesame"]' >"$work/config.json"
make_image "$work/secret.tar" "$work/config.json" "$work/base" "$work/top"
expect_status 0 "$SLIM" xray "$work/secret.tar"
expect_contains "$work/stdout" '/root/.ssh/id_rsa  a private key, layer 1, hidden by layer 2'
expect_contains "$work/stdout" '/app/.env  passwords or tokens.*layer 1$'
expect_contains "$work/stdout" 'Env API_TOKEN'
expect_contains "$work/stdout" 'API_TOKEN=\*\*\*'
expect_contains "$work/stdout" 'capabilities +/bin/ping  cap_net_raw'
expect_contains "$work/stdout" 'world-writable +/www  directory'
expect_status 0 "$SLIM" xray --json "$work/secret.tar"
expect_json "$work/stdout" '[.secrets[].rule] == ["env-file", "private-key", "secret-variable"]'
expect_json "$work/stdout" '.layers[1].deleted == 1 and .layers[0].wasted_bytes > 1000'
if grep -qE 'sesame|BEGIN' "$work/stdout"; then fail "a secret is printed"; fi

# 3. Any user may look; bad input.
expect_error 3 'no-such' "$SLIM" xray "oci-archive:$work/no-such.tar"
expect_error 2 'IMAGE' "$SLIM" xray
