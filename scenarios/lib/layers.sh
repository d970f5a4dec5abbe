# SPDX-License-Identifier: Apache-2.0
# Layers, the way a Dockerfile makes them: one directory of changes (an overlayfs upper) a step.
# shellcheck shell=bash

# The base every scenario shares: minimal Debian as its official image is, plus what most people
# add first. Built once, kept as a tree and as a layer tar.
prepare_base() {
  local key packages=ca-certificates,netbase,tzdata
  key=$(cd "$here" && cat "${builder[@]}" | sha256sum | cut -c1-16)
  base=$cache/base-$key
  [ ! -f "$base/complete" ] || return 0
  remove_tree "$cache"/base-*
  mkdir -p "$base"
  run_mmdebstrap "$base/rootfs" "$packages"
  # What the official image also does: no service starts during installation, no host data.
  printf '#!/bin/sh\nexit 101\n' >"$base/rootfs/usr/sbin/policy-rc.d"
  chmod 755 "$base/rootfs/usr/sbin/policy-rc.d"
  rm -f "$base/rootfs/etc/apt/apt.conf.d/99mmdebstrap"
  : >"$base/rootfs/etc/resolv.conf"
  echo localhost >"$base/rootfs/etc/hostname"
  python3 "$here/lib/mkimage.py" layer "$base/rootfs" "$base/layer.tar"
  touch "$base/complete"
}

# remove_tree DIR...: with all that is in it, unless something is mounted there: a mount leads to
# files that are not this build's.
remove_tree() {
  local dir
  for dir in "$@"; do
    if awk -v dir="$(realpath -m "$dir")/" 'index($5 "/", dir) == 1 {found = 1} END {exit !found}' \
        /proc/self/mountinfo; then
      echo "$dir stays: something is still mounted there" >&2
      return 1
    fi
    rm -rf --one-file-system "$dir" || return
  done
}

# make_devices DIR: devices of the chroot's own; the host's are not in there.
make_devices() {
  local device name major minor
  mount -t tmpfs -o mode=755 tmpfs "$1"
  for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
    IFS=: read -r name major minor <<<"$device"
    mknod -m 666 "$1/$name" c "$major" "$minor"
  done
  mkdir -m 1777 "$1/shm"
  mkdir "$1/pts"
  mount -t devpts -o newinstance,ptmxmode=666,gid=5 devpts "$1/pts"
  ln -s pts/ptmx "$1/ptmx"
  ln -s /proc/self/fd "$1/fd"
  for name in stdin:0 stdout:1 stderr:2; do ln -s "fd/${name#*:}" "$1/${name%:*}"; done
}

# enter_chroot LOWER... : mounts a writable view of these trees (lowest first) at $work/merged,
# its changes going to $upper.
enter_chroot() {
  local lower="" dir
  for dir in "$@"; do lower=$dir${lower:+:$lower}; done
  mkdir -p "$upper" "$work/overlay" "$work/merged"
  mount -t overlay overlay "$work/merged" \
    -o "lowerdir=$lower,upperdir=$upper,workdir=$work/overlay,redirect_dir=off,metacopy=off"
  mount -t proc proc "$work/merged/proc"
  make_devices "$work/merged/dev"
  mount --bind "$apt" "$work/merged/mnt"
  mount --bind /etc/resolv.conf "$work/merged/etc/resolv.conf"
  mount -t tmpfs tmpfs "$work/merged/tmp"
}

# What still runs in there (a build that was interrupted) keeps the mounts busy: they are then
# detached.
leave_chroot() {
  if mountpoint -q "$work/merged"; then
    umount -R "$work/merged" 2>/dev/null || umount -R -l "$work/merged" || return
  fi
  remove_tree "$work/overlay"
}

# The end of a build, however it ends.
end_work() { leave_chroot && remove_tree "$work"; }

in_chroot() {
  chroot "$work/merged" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive APT_CONFIG=/mnt/chroot.conf "$@"
}

install_packages() {
  [ -n "$(ls "$apt/lists" | grep _Packages || true)" ] || in_chroot apt-get update -qq
  if ! in_chroot apt-get install -qq -y --no-install-recommends "$@" >"$work/apt.log" 2>&1; then
    # The lists may be of an earlier day.
    in_chroot apt-get update -qq
    in_chroot apt-get install -qq -y --no-install-recommends "$@" >"$work/apt.log" 2>&1 ||
      { tail -30 "$work/apt.log" >&2; return 1; }
  fi
  # As apt does on a machine of its own: what a Dockerfile leaves behind.
  rm -f "$work"/merged/var/cache/ldconfig/aux-cache
}

# A recipe sets: packages (array), compression (gzip, zstd, none), and may define
#   prepare ROOT      run on the host: files into ROOT, e.g. a compiled program
#   customise         run inside the image as root, after files/ has been copied
#   tidy              run inside the image in a layer of its own (removals: whiteouts)
# files/ is copied to the image's root. image.json is the config object.
build_scenario() (
  local name=$1 image=$2 dir=$here/$1 layers=("$base/layer.tar") trees=("$base/rootfs") step
  compression=gzip
  packages=()
  prepare() { :; }
  # shellcheck source=/dev/null
  . "$dir/recipe.sh"
  for step in packages customise tidy; do
    if [ $step = packages ]; then [ ${#packages[@]} -gt 0 ] || continue
    else declare -F $step >/dev/null || [ "$step" = customise ] || continue; fi
    upper=$work/$name.$step
    enter_chroot "${trees[@]}"
    case $step in
      packages) install_packages "${packages[@]}" ;;
      customise)
        [ ! -d "$dir/files" ] || cp -R --no-preserve=ownership "$dir/files/." "$work/merged/"
        prepare "$work/merged"
        if declare -F customise >/dev/null; then
          in_chroot bash -euc "$(declare -f customise); customise"
        fi ;;
      tidy) in_chroot bash -euc "$(declare -f tidy); tidy" ;;
    esac
    leave_chroot
    python3 "$here/lib/mkimage.py" layer "$upper" "$work/$name.$step.tar"
    layers+=("$work/$name.$step.tar")
    trees+=("$upper")
  done
  python3 "$here/lib/mkimage.py" image --compression "$compression" --config "$dir/image.json" \
    --name "$name" --blob-cache "$base" "$image.part" "${layers[@]}"
  mv "$image.part" "$image"
  remove_tree "$work/$name".*
)
