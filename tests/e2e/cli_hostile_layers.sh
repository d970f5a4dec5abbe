#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Layers that try to write outside of the image: refused, or harmless, and nothing outside is touched.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
own_store
tiny_image
outside=$work/outside
mkdir "$outside"
echo untouched >"$outside/file"

# hostile NAME PYTHON: an image whose second layer is a tar that this code fills.
hostile() {
  python3 - "$work/hostile.tar" "$outside" "$2" <<'PYTHON'
import io
import sys
import tarfile
tar, outside = tarfile.open(sys.argv[1], "w"), sys.argv[2]
def file(name, data=b"evil\n"):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))
def link(name, target, kind=tarfile.SYMTYPE):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    tar.addfile(info)
exec(sys.argv[3])
tar.close()
PYTHON
  python3 "$root/scenarios/lib/mkimage.py" image --compression none --config "$work/tiny.json" \
    --name hostile "$work/$1.oci.tar" "$work/layer0.tar" "$work/hostile.tar"
}

# The image is refused with 3, or is run with the entry kept inside; never anything outside.
harmless() {
  local status=0
  "$SLIM" run -o "$work/out-$1" "oci-archive:$work/$1.oci.tar" -- true \
    >"$work/stdout" 2>"$work/stderr" </dev/null || status=$?
  case $status in 0 | 3) ;; *) fail "$1: status $status: $(tail -5 "$work/stderr")" ;; esac
  [ $status = 0 ] || expect_no_file "$work/out-$1/image.tar"
  expect_equal "$(ls "$outside")" file "$1: files outside"
  expect_equal "$(cat "$outside/file")" untouched "$1: the file outside"
  expect_no_file "$work/escaped"
  echo "$1: $status"
}

refused() {
  harmless "$1"
  expect_status 3 "$SLIM" run -o "$work/out-$1" "oci-archive:$work/$1.oci.tar" -- true
}

hostile dotdot 'file("../../../../../../../../../../../.." + outside + "/new")'
refused dotdot
hostile dotdot-middle 'file("usr/../../escaped")'
refused dotdot-middle
hostile absolute 'file(outside + "/new")'
harmless absolute
hostile absolute-symlink 'link("www/out", outside); file("www/out/new")'
harmless absolute-symlink
hostile relative-symlink 'link("www/out", "../../../../../../../../../../.." + outside); file("www/out/file")'
harmless relative-symlink
hostile hardlink-outside 'link("www/hard", "../../../../../../../../../.." + outside + "/file", tarfile.LNKTYPE)'
refused hardlink-outside
hostile hardlink-absolute 'link("www/hard", outside + "/file", tarfile.LNKTYPE)'
harmless hardlink-absolute
hostile symlink-then-hardlink 'link("www/out", outside); link("www/hard", "www/out/file", tarfile.LNKTYPE)'
harmless symlink-then-hardlink
hostile whiteout-dotdot 'file("www/.wh...", b"")'
harmless whiteout-dotdot
hostile whiteout-through-symlink 'link("www/out", outside); file("www/out/.wh.file", b"")'
harmless whiteout-through-symlink
hostile opaque-through-symlink 'link("www/out", outside); file("www/out/.wh..wh..opq", b"")'
harmless opaque-through-symlink
expect_nothing_left
