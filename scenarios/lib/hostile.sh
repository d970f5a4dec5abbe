# SPDX-License-Identifier: Apache-2.0
# A hostile companion (hostile.cpp) in the place of a confined application: under the application's
# run.sh, but as root and with capabilities that would let its attacks through, so that it is the
# filter which denies them.
# shellcheck shell=bash
hostile_source=$(dirname "${BASH_SOURCE[0]}")/hostile.cpp
hostile_attacks=$(grep -c '^  attempt("' "$hostile_source")

# build_hostile PROGRAM: static, with no C library and no system calls but its attacks'.
build_hostile() {
  g++ -std=c++20 -O1 -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie -no-pie \
    -o "$1" "$hostile_source"
}

# hostile_options PROGRAM: sets $hostile, the options of docker run that make it the container.
hostile_options() {
  local name
  hostile=(--rm --user 0 -v "$1:/hostile:ro" --entrypoint /hostile)
  for name in SYS_ADMIN SYS_PTRACE SYS_CHROOT NET_RAW; do hostile+=(--cap-add "$name"); done
}

# attack OUTPUT-DIRECTORY PROGRAM: prints the attacks that are not denied under the run.sh there,
# one a line. Fails when not all were tried. The ports it publishes may be taken on this host.
attack() {
  local script=$1/run-hostile.sh log=$1/hostile.log hostile
  hostile_options "$2"
  sed '/^  --publish /d' "$1/run.sh" >"$script"
  sh "$script" "${hostile[@]}" >"$log" 2>&1 || return
  [ "$(wc -l <"$log")" = "$hostile_attacks" ] || return
  awk '$2 != -1 && $2 != -38 {print $1}' "$log"
}
