# SPDX-License-Identifier: Apache-2.0
# A dynamic program of another C library beside Debian's own: musl's loader has no cache, it reads
# its path file; one library is linked, another is loaded by name when a page asks for it.
# shellcheck shell=bash
compression=gzip
packages=(musl curl vim-tiny)

prepare() {
  local lib=$1/usr/local/lib/greeting flags=(-O2 -s -fPIC)
  mkdir -p "$lib"
  musl-gcc "${flags[@]}" -shared -Wl,-soname,libwords.so.1 -o "$lib/libwords.so.1" "$dir/words.c"
  musl-gcc "${flags[@]}" -shared -Wl,-soname,libshout.so.1 -o "$lib/libshout.so.1" "$dir/shout.c"
  musl-gcc -O2 -s -o "$1/usr/local/bin/greeting-server" "$dir/server.c" "$lib/libwords.so.1" -ldl
}

customise() {
  # Not below a directory that the loader searches by itself.
  echo /usr/local/lib/greeting >>"/etc/ld-musl-$(uname -m).path"
  useradd --system --user-group --no-create-home greeter
}
