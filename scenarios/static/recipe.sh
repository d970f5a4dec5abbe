# SPDX-License-Identifier: Apache-2.0
# A static HTTP server that somebody put on a fat Debian: nothing of it is needed.
# shellcheck shell=bash
compression=none
packages=(curl wget vim-tiny procps)

prepare() {
  g++ -std=c++20 -O2 -static -s -o "$1/usr/local/bin/hello-server" "$dir/server.cpp"
}
