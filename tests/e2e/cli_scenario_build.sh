#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The end of a scenario's build, interrupted or not, never removes files behind a mount: tried with a
# directory of this test's own, mounted where a chroot would have the host's, in a mount namespace
# that ends with the test.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# mounted SCRIPT: runs it with the build's functions, $work holding a chroot, and "$precious" mounted
# in it; then the precious file must still be there.
precious=$work/precious
mkdir "$precious"
mounted() {
  echo kept >"$precious/file"
  rm -rf --one-file-system "$work/build"
  mkdir -p "$work/build/overlay" "$work/build/root"
  touch "$work/build/own"
  expect_status 0 unshare --mount --propagation private bash -euc '
    . "$1/scenarios/lib/layers.sh"
    work=$2/build precious=$2/precious
    enter() {
      mkdir -p "$work/merged/dev"
      mount --bind "$work/root" "$work/merged" && mkdir -p "$work/merged/dev"
      mount --bind "$precious" "$work/merged/dev"
    }
    eval "$3"' bash "$root" "$work" "$1"
  expect_equal "$(cat "$precious/file")" kept "what was behind the mount"
}

mounted 'enter; end_work; [ ! -e "$work" ]'
# Something of an interrupted build still runs in there.
mounted 'enter; exec 5<"$precious/file"; cd "$precious"; end_work; [ ! -e "$work" ]'
# What cannot be unmounted stays, and everything with it.
mounted 'enter; umount() { return 1; }; ! end_work; [ -e "$work/own" ]'
# A mount at a place that the build does not know; of the same file system, which rm would not notice.
mounted 'mkdir "$work/else"; mount --bind "$precious" "$work/else"; ! end_work; [ -e "$work/own" ]'
expect_contains "$work/stderr" 'stays: something is still mounted there'
# A work directory of a killed build whose mounts are still there, too.
mounted 'enter; ! remove_tree "$work"*; [ -e "$work/own" ]'

# A chroot has devices of its own.
expect_status 0 unshare --mount --propagation private bash -euc '
  . "$1/scenarios/lib/layers.sh"
  mkdir "$2/dev"
  make_devices "$2/dev"
  echo x >"$2/dev/null"
  head -c 4 "$2/dev/zero" | cmp - <(printf "\0\0\0\0")
  [ "$(stat -c %d "$2/dev")" != "$(stat -c %d /dev)" ]
  [ "$(ls "$2/dev")" = "$(printf "%s\n" fd full null ptmx pts random shm stderr stdin stdout tty urandom zero)" ]
  rm -f "$2"/dev/null' bash "$root" "$work"
expect_file /dev/null
