# SPDX-License-Identifier: Apache-2.0
# A static Go program on a fat Debian: the compiler comes and goes in one step, as in a Dockerfile
# of one stage; what else a team installs for looking around stays.
# shellcheck shell=bash
compression=gzip
packages=(curl wget vim-tiny procps iproute2 git jq)

prepare() {
  install -D -m 644 "$dir/server.go" "$1/tmp/server.go"  # a tmpfs, not the image's
}

customise() {
  apt-get install -qq -y --no-install-recommends golang-go >/dev/null 2>&1
  cd /tmp
  CGO_ENABLED=0 GOCACHE=$PWD/cache GOFLAGS=-buildvcs=false \
    go build -trimpath -ldflags='-s -w' -o /usr/local/bin/shop server.go
  apt-get purge -qq -y --auto-remove golang-go >/dev/null 2>&1
}
