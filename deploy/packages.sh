#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The one list of Debian packages that slim needs, by purpose, and their installation.
#
#     deploy/packages.sh list PURPOSE...        print the packages
#     deploy/packages.sh install PURPOSE...     install those that are missing (root)
#
# Purposes: build (compile slim), run (use it), scenarios (make the demo and test images),
# test (outside tools that the tests check results with), bench.
set -euo pipefail

declare -A packages=(
  [build]="
    g++ cmake ninja-build pkg-config
    clang bpftool libbpf-dev
    libarchive-dev libcap-dev libcli11-dev libcurl4-openssl-dev libelf-dev libexpected-dev
    libmnl-dev libseccomp-dev libspdlog-dev libssl-dev libyaml-cpp-dev libzstd-dev nlohmann-json3-dev zlib1g-dev
    catch2 python3"
  [run]="runc skopeo golang-github-containers-common"
  [scenarios]="
    mmdebstrap debian-archive-keyring pigz zstd python3 g++ util-linux mount
    curl jq redis-tools postgresql-client mariadb-client openssh-client sshpass musl-tools"
  [test]="
    crun docker.io docker-compose docker-registry podman buildah umoci
    apparmor
    strace attr acl libcap2-bin jq iproute2 procps busybox-static libarchive-tools
    debsecan nftables python3-jsonschema python3-yaml
    zsh fish"
  [bench]="hyperfine strace jq"
)

# A tool that is there already, from wherever, needs no package (an engine of another vendor would
# even conflict with docker.io).
declare -A provided_by=([docker.io]=dockerd [crun]=crun [runc]=runc [skopeo]=skopeo [podman]=podman)

wanted() {
  local purpose package
  for purpose in "$@"; do
    [ -n "${packages[$purpose]:-}" ] || { echo "packages.sh: no purpose named $purpose" >&2; exit 2; }
    for package in ${packages[$purpose]}; do echo "$package"; done
  done | LC_ALL=C sort -u
}

installed() {
  local tool=${provided_by[$1]:-}
  if [ -n "$tool" ] && command -v "$tool" >/dev/null; then return 0; fi
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

install_missing() {
  local package missing=()
  if ! command -v apt-get >/dev/null; then
    echo "packages.sh: no apt-get here; install what these Debian packages hold:" $(wanted "$@") >&2
    exit 1
  fi
  for package in $(wanted "$@"); do
    installed "$package" || missing+=("$package")
  done
  if [ ${#missing[@]} = 0 ]; then
    echo "packages: all of them are installed ($*)"
    return 0
  fi
  if [ "$(id -u)" != 0 ]; then
    echo "packages.sh: needs root to install: ${missing[*]}" >&2
    exit 1
  fi
  echo "packages: installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  local log status=0
  log=$(mktemp)
  { apt-get update -q && apt-get install -q -y --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1 || status=$?
  if [ $status != 0 ]; then
    tail -20 "$log" >&2
    echo "packages.sh: apt-get failed" >&2
  fi
  rm -f "$log"
  return $status
}

[ $# -ge 2 ] || { sed -n '3,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
action=$1
shift
case $action in
  list) wanted "$@" ;;
  install) install_missing "$@" ;;
  *) echo "packages.sh: list or install, not $action" >&2; exit 2 ;;
esac
