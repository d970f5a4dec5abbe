#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The proof applies dropped capabilities, a read-only root file system and no-new-privileges; what
# does not hold is found, reported, and costs no image.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need jq python3
own_store

# serve NAME SCRIPT [VOLUMES [OPTION...]]: the small image with a script as its command, slimmed into
# $work/NAME.
serve() {
  local tree=$work/tree-$1
  tiny_tree "$tree"
  for applet in chmod rm chown stat; do ln -s busybox "$tree/bin/$applet"; done
  mkdir -p "$tree/var/state" "$tree/etc/site" "$tree/data"
  chown 100:100 "$tree/data"
  echo old >"$tree/var/state/version"
  echo page >"$tree/etc/site/template"
  printf '%s\n' "$2" >"$tree/serve"
  chmod 755 "$tree/serve"
  tiny_config | jq '.Cmd = ["sh", "/serve"] | .Volumes = $volumes' \
    --argjson volumes "${3:-{\}}" >"$work/$1.json"
  make_image "$work/$1.tar" "$work/$1.json" "$tree"
  expect_status 0 timeout 300 "$SLIM" run "${@:4}" --output "$work/$1" --json \
    "oci-archive:$work/$1.tar" -- curl -fsS localhost:8080/ -o /dev/null
  expect_json "$work/$1/report.json" '.verify.passed and .verify.rounds == 1'
}

# Everything holds, in one run: what is written is in a directory of its own.
serve plain 'echo $$ >/var/state/pid
mkdir /tmp/made
cat /etc/site/template >/etc/site/page
exec httpd -f -p 8080 -h /www'
expect_json "$work/plain/report.json" '.confinement.capabilities == {holds: true, needed: []}'
expect_json "$work/plain/report.json" '.confinement.no_new_privileges.holds'
expect_json "$work/plain/report.json" \
  '.confinement.read_only == {holds: true, writable: ["/etc/site", "/tmp", "/var/state"]}'
expect_json "$work/plain/report.json" '.warnings == []'
expect_json "$work/plain/confinement.json" \
  '[.read_only.writable[] | [.path, .kind, .mode]]
   == [["/etc/site", "seeded", "0755"], ["/tmp", "tmpfs", "1777"], ["/var/state", "tmpfs", "0755"]]'

# A change that no trace tells apart from a look: chmod of a file of the image.
serve stubborn 'chmod 600 /www/index.html || exit 1
exec httpd -f -p 8080 -h /www'
expect_json "$work/stubborn/report.json" '.confinement.read_only.holds == false'
expect_json "$work/stubborn/report.json" \
  '.confinement.capabilities.holds and .confinement.no_new_privileges.holds'
expect_json "$work/stubborn/report.json" '.warnings | any(contains("read-only root file system"))'

# What waits for ever where the root file system is read-only is not waited for as long.
serve patient 'until chmod 600 /www/index.html 2>/dev/null; do :; done
exec httpd -f -p 8080 -h /www' '{}' --timeout 3600
expect_json "$work/patient/report.json" \
  '.confinement.read_only.holds == false and .confinement.capabilities.holds'

# A script that finds its volume as it wants it, as a volume with the image's content is, can still do
# what it does with an empty one that is root's.
serve owner '#!/bin/sh
[ "$(stat -c %u /data)" = 100 ] || chown -R 100:100 /data || exit 1
exec httpd -f -p 8080 -h /www' '{"/data": {}}'
expect_json "$work/owner/report.json" '.confinement.capabilities == {holds: true, needed: ["CAP_CHOWN", "CAP_DAC_OVERRIDE"]}'
expect_json "$work/owner/trace.json" '.syscalls[] | has("fchownat") or has("chown") or has("lchown") | not'
cat >"$work/owned" <<'PROBE'
#!/bin/sh
[ "$(stat -c %u "/proc/$SLIM_CONTAINER_PID/root/data")" = 100 ]
PROBE
chmod +x "$work/owned"
chown_with() {
  "$SLIM" verify --seccomp "$work/owner/seccomp.json" --cap-drop ALL --cap-add CHOWN "$@" \
    "oci-archive:$work/owner/image.tar" -- "$work/owned"
}
expect_status 0 chown_with --tmpfs /data
# A volume in which a directory lets in nobody but its owner takes more.
mkdir "$work/volume"
install -d -o 100 -g 100 -m 700 "$work/volume/locked"
expect_status 7 chown_with --volume "$work/volume:/data"
expect_status 0 chown_with --cap-add DAC_OVERRIDE --volume "$work/volume:/data"

# Without verification nothing is claimed.
expect_status 0 "$SLIM" run --no-verify --output "$work/unproven" --json \
  "oci-archive:$work/plain.tar" -- curl -fsS localhost:8080/ -o /dev/null
expect_json "$work/unproven/report.json" '.confinement.read_only.holds == null'
