#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The package database of a slim image says what is in it: dpkg-query and debsecan, two real
# readers, find exactly the packages of which a file is left, and of those exactly their files.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need dpkg-query jq python3
image=$(scenario_image redis)
export LC_ALL=C

# unpack ARCHIVE DIRECTORY: the layers of an archive, with no whiteouts among them to care about.
unpack() {
  local layer
  mkdir -p "$2.blobs" "$2"
  tar -xf "$1" -C "$2.blobs"
  for layer in $(jq -r '.[0].Layers[]' "$2.blobs/manifest.json"); do
    tar -xf "$2.blobs/$layer" -C "$2" --exclude='.wh.*'
  done
  rm -rf "$2.blobs"
}

# Which packages are left, from the source's lists and the slim tree alone: those with a path that
# is there and neither a directory nor documentation. merged.py prints "package path" a line.
cat >"$work/left.py" <<'PY'
import glob, os, sys
source, slim, paths = sys.argv[1], sys.argv[2], len(sys.argv) > 3
documentation = ("usr/share/doc/", "usr/share/man/", "usr/share/info/", "usr/share/lintian/",
                 "usr/share/bug/", "usr/share/doc-base/")
diverted = {}
with open(source + "/var/lib/dpkg/diversions") as stream:
    lines = stream.read().splitlines()
for path, other, package in zip(lines[0::3], lines[1::3], lines[2::3]):
    diverted[path] = (other, package)
for name in sorted(glob.glob(source + "/var/lib/dpkg/info/*.list")):
    package = os.path.basename(name)[:-5]
    found, counts = [], False
    with open(name) as stream:
        for path in stream.read().splitlines():
            other, owner = diverted.get(path, (path, ""))
            place = other if owner != package.split(":")[0] else path
            if not os.path.lexists(slim + place):
                continue
            found.append(path)
            # /lib/x is usr/lib/x there; a link to a directory is no file either
            real = os.path.relpath(os.path.realpath(slim + os.path.dirname(place)), slim)
            real = os.path.normpath(os.path.join(real, os.path.basename(place)))
            link = os.path.islink(slim + place)
            target = os.readlink(slim + place) if link else ""
            whole = slim + (target if target.startswith("/") else
                            os.path.dirname(place) + "/" + target) if link else slim + place
            counts |= not os.path.isdir(whole) and not real.startswith(documentation)
    if counts:
        print("\n".join(f"{package} {path}" for path in found) if paths else package)
PY

expect_status 0 "$SLIM" run -o "$work/out" --json "oci-archive:$image" -- \
  "$root/scenarios/redis/probe.sh"
skopeo copy -q "oci-archive:$image" "docker-archive:$work/source.tar:x:y"
unpack "$work/source.tar" "$work/source"
unpack "$work/out/image.tar" "$work/slim"
database=$work/slim/var/lib/dpkg

python3 "$work/left.py" "$work/source" "$work/slim" | sort >"$work/left"
expect_contains "$work/left" '^libc6:'
dpkg-query --admindir="$database" -W -f '${binary:Package}\n' | sort >"$work/listed"
diff "$work/left" "$work/listed" >"$work/difference" ||
  fail "packages whose files are there (<), packages listed (>): $(cat "$work/difference")"
[ "$(wc -l <"$work/listed")" -lt 40 ] || fail "hardly anything was cut: $(wc -l <"$work/listed")"

# -L of each, -S of each path; neither has anything to complain about.
while read -r package; do
  dpkg-query --admindir="$database" -L "$package" | sed "s|^|$package |"
done <"$work/listed" 2>"$work/complaints" | grep -v ' diverted by ' | sort >"$work/have"
python3 "$work/left.py" "$work/source" "$work/slim" paths | sort >"$work/want"
diff "$work/want" "$work/have" >"$work/difference" ||
  fail "files that are there (<), files listed (>): $(head -20 "$work/difference")"
expect_equal "$(cat "$work/complaints")" "" "what dpkg-query complains about"
dpkg-query --admindir="$database" -S /usr/bin/redis-check-rdb >"$work/owner"
expect_contains "$work/owner" '^redis'
! dpkg-query --admindir="$database" -S /usr/bin/apt-get 2>/dev/null || fail "apt-get is not there"
# Sums: of files that are there, and right.
for sums in "$database"/info/*.md5sums; do
  (cd "$work/slim" && md5sum --quiet -c "$sums") || fail "$(basename "$sums") is wrong"
done

# A scanner, with a list of vulnerabilities of a package that is left and of one that is not.
if command -v debsecan >/dev/null; then
  gone=apt
  ! grep -qx "$gone" "$work/left" || fail "$gone is left"
  python3 - "$work/GENERIC" <<'PY'
import sys, zlib
text = ("VERSION 1\nCVE-2026-0001,,here\nCVE-2026-0002,,gone\n\n"
        "libc6,0,B    ,9999,\napt,1,B    ,9999,\n\n\n")
open(sys.argv[1], "wb").write(zlib.compress(text.encode()))
PY
  debsecan --source "file://$work" --status "$work/source/var/lib/dpkg/status" | sort >"$work/before"
  debsecan --source "file://$work" --status "$database/status" >"$work/after"
  expect_contains "$work/before" '^CVE-2026-0001 libc6'
  expect_contains "$work/before" '^CVE-2026-0002 apt'
  expect_equal "$(cut -d' ' -f1,2 "$work/after")" "CVE-2026-0001 libc6" "what debsecan reports"
fi

# What the distribution is, is there for scanners, and explain tells of the database.
expect_contains "$work/slim/etc/os-release" '^ID=debian'
expect_status 0 "$SLIM" explain -o "$work/out" /var/lib/dpkg/status
expect_contains "$work/stdout" 'package-database: [0-9]+ of [0-9]+ packages'

# Not wanted, or not asked to guess.
for option in --no-package-database --closure=observed; do
  expect_status 0 "$SLIM" build "$option" --no-verify -o "$work/without" \
    --trace "$work/out/trace.json" "oci-archive:$image"
  expect_json "$work/without/keepset.json" 'has("/var/lib/dpkg/status") | not'
done
