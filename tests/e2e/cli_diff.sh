#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# slim diff finds what find(1) and sha256sum find in the two images as umoci unpacks them.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need umoci skopeo setcap setfacl

# unpack IMAGE NAME: $work/NAME/rootfs
unpack() {
  skopeo copy --quiet "oci-archive:$1" "oci:$work/$2.oci:x"
  umoci unpack --image "$work/$2.oci:x" "$work/$2" >/dev/null 2>&1
}
# facts NAME: path, type, mode, owner, size, time, target and digest of every path, sorted. Sizes
# and times of directories are the file system's.
facts() {
  (cd "$work/$1/rootfs" &&
    find . -type d -printf '%P\t%y %m %U:%G\n' -o \
      -type l -printf '%P\t%y %U:%G %T@ %l\n' -o -not -type f -printf '%P\t%y %m %U:%G %T@\n' &&
    paste <(find . -type f -printf '%P\t%y %m %U:%G %s %T@\n') \
      <(find . -type f -print0 | xargs -0 sha256sum | cut -c1-64)) | LC_ALL=C sort >"$work/$1.facts"
}
# expected A B: "KIND /path" from the facts.
expected() {
  LC_ALL=C join -t $'\t' -a1 -a2 -e '' -o 0,1.2,1.3,2.2,2.3 "$work/$1.facts" "$work/$2.facts" |
    awk -F'\t' '$2 == "" { print "added /" $1; next } $4 == "" { print "removed /" $1; next }
                $2 != $4 || $3 != $5 { print "changed /" $1 }' | LC_ALL=C sort
}

# 1. A real image and what slim makes of it: thousands of files less, and nothing that is other.
flask=$(scenario_image flask)
expect_status 0 "$SLIM" run --no-verify -o "$work/out" "$flask" -- curl -fsS localhost:5000/
unpack "$flask" a
unpack "$work/out/image.tar" b
facts a
facts b
expect_status 0 "$SLIM" diff --json --ignore links "$flask" "$work/out/image.tar"
expect_one_document "$work/stdout"
cp "$work/stdout" "$work/diff.json"
# Directories' times are not among the facts.
jq -r '.files[] | select(.kind != "changed" or .before.type != "directory" or
       .differs != ["mtime"]) | .kind + " " + .path' "$work/diff.json" | LC_ALL=C sort >"$work/have"
expected a b >"$work/want"
[ "$(wc -l <"$work/want")" -gt 10000 ] || fail "too little to compare: $(wc -l <"$work/want")"
diff "$work/want" "$work/have" | head -20 >&2
cmp -s "$work/want" "$work/have" || fail "other paths than find's"
expect_json "$work/diff.json" '.summary.added.paths == 0 and .equal == false'
expect_equal "$(jq .summary.removed.paths "$work/diff.json")" "$(grep -c ^removed "$work/want")"
jq -r '.files[].path' "$work/diff.json" >"$work/paths"
LC_ALL=C sort -c "$work/paths" || fail "not in order"
removed=$(grep -P '^removed' "$work/want" | cut -c10- |
  (cd "$work/a/rootfs" && tr '\n' '\0' | xargs -0 stat -c '%F %i %s' |
    awk '/^regular/ && !seen[$(NF - 1)]++ { sum += $NF } END { print sum }'))
expect_equal "$(jq .summary.removed.bytes "$work/diff.json")" "$removed" "bytes removed"

# 2. Two different images, files of equal sizes included.
nginx=$(scenario_image nginx)
unpack "$nginx" c
facts c
expect_status 0 "$SLIM" diff --json --ignore links,xattrs "$nginx" "$flask"
jq -r '.files[] | select(.kind != "changed" or .before.type != "directory" or
       .differs != ["mtime"]) | .kind + " " + .path' "$work/stdout" | LC_ALL=C sort >"$work/have"
expected c a >"$work/want"
cmp -s "$work/want" "$work/have" || fail "other paths than find's: $(diff "$work/want" "$work/have" | head)"

# 3. Every attribute by itself.
tiny_image
cp -a "$work/tiny" "$work/other"
cd "$work/other"
chmod 4755 bin/busybox
chown 7:8 etc/group
setcap cap_net_bind_service=ep www/index.html
ln -sfn busybox2 bin/sh
touch -h -d '2020-02-02 02:02:02.123456789 UTC' bin/sh
echo '<h2>tiny</h2>' >www/same-size
mknod dev/null c 1 3
mkfifo tmp/fifo
rm usr/share/unused/numbers
rmdir proc && ln usr/share/unused/../../../etc/passwd etc/passwd2
touch -d '1969-12-31 23:59:58 UTC' etc/passwd
setfacl -m u:12:rwx usr
find . -type d -exec touch -d '2020-02-02 02:02:02.123456789 UTC' {} +
jq '.User = "7:8" | .Env += ["B=2"] | del(.StopSignal) | .ExposedPorts = {"53/udp": {}}' \
  "$work/tiny.json" >"$work/other.json"
cd "$work"
make_image "$work/other.tar" "$work/other.json" "$work/other"
expect_status 0 "$SLIM" diff "$tiny" "$work/other.tar"
cat >"$work/want" <<'TEXT'
~ /bin/busybox  mode 0755 -> 4755
~ /bin/sh  target busybox -> busybox2
+ /dev/null  char device
~ /etc/group  owner 0:0 -> 7:8
~ /etc/passwd  mtime 1580608922.123456789 -> -2.000000000
+ /etc/passwd2  30 B
- /proc  directory
+ /tmp/fifo  fifo
~ /usr  mode 0755 -> 0775, xattrs none -> system.posix_acl_access=0200000001000700ffffffff020007000c00000004000500ffffffff10000700ffffffff20000500ffffffff
- /usr/share/unused/numbers  1.3 MB
~ /www/index.html  xattrs none -> security.capability=0100000200040000000000000000000000000000
+ /www/same-size  14 B
+ config Env.B  2
- config ExposedPorts.8080/tcp
+ config ExposedPorts.53/udp
- config StopSignal  SIGKILL
+ config User  7:8
TEXT
LC_ALL=C sort "$work/want" >"$work/want.sorted"
head -n -1 "$work/stdout" | LC_ALL=C sort | diff - "$work/want.sorted" || fail "not what was changed"
tail -1 "$work/stdout" | grep -q '^4 added (.*), 2 removed (1.3 MB), 6 changed' ||
  fail "summary: $(tail -1 "$work/stdout")"

# 4. What to look at, and the exit status.
expect_status 8 "$SLIM" diff --exit-code "$tiny" "$work/other.tar"
expect_status 0 "$SLIM" diff --exit-code "$tiny" "$tiny"
expect_status 0 "$SLIM" diff --exit-code --path '/www/*' --only removed "$tiny" "$work/other.tar"
expect_status 8 "$SLIM" diff --exit-code --only config "$tiny" "$work/other.tar"
expect_equal "$(wc -l <"$work/stdout")" 6 'lines of --only config'
expect_status 0 "$SLIM" diff --only added,removed --path '/etc/**' "$tiny" "$work/other.tar"
expect_equal "$(head -n -1 "$work/stdout")" '+ /etc/passwd2  30 B'
expect_status 0 "$SLIM" diff --exit-code --ignore mode,xattrs,mtime --path '/usr' "$tiny" \
  "$work/other.tar"

# 5. Bad input.
expect_error 3 'no-such' "$SLIM" diff "$tiny" "oci-archive:$work/no-such.tar"
expect_error 2 'IMAGE' "$SLIM" diff "$tiny"
expect_error 2 'ignore' "$SLIM" diff --ignore colour "$tiny" "$tiny"
expect_error 2 'only' "$SLIM" diff --only everything "$tiny" "$tiny"
