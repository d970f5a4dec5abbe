#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds scenario images from Debian packages into OCI archives:
#
#     scenarios/build.sh NAME... OUT_DIR        NAME is a directory beside this script, or "all"
#
# Every image shares one Debian base layer. Layers and images are cached by the digest of what they
# are made from, in $SLIM_SCENARIO_CACHE (default: ~/.cache/slim-scenarios); OUT_DIR/NAME.tar is a
# hard link or copy of the cached image. Needs root (chroot, overlayfs); all mounts live in a mount
# namespace of this script's own and vanish with it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${SLIM_SCENARIO_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slim-scenarios}
suite=bookworm

if [ $# -lt 2 ]; then
  sed -n '3,10s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
out=${*: -1}
names=("${@:1:$#-1}")
if [ "${names[*]}" = all ]; then
  names=()
  for recipe in "$here"/*/recipe.sh; do names+=("$(basename "$(dirname "$recipe")")"); done
fi
for name in "${names[@]}"; do
  [ -f "$here/$name/recipe.sh" ] || { echo "build.sh: no scenario named $name" >&2; exit 2; }
done
if [ "$(id -u)" != 0 ]; then
  echo "build.sh: needs root, for chroot and overlayfs" >&2
  exit 1
fi
mkdir -p "$cache" "$out"

# One builder at a time, in a mount namespace that takes its mounts with it.
if [ -z "${SLIM_SCENARIO_INSIDE:-}" ]; then
  exec 9>"$cache/lock"
  flock 9
  SLIM_SCENARIO_INSIDE=1 exec unshare --mount --propagation private "$here/build.sh" "$@"
fi

# shellcheck source=scenarios/lib/apt.sh
. "$here/lib/apt.sh"
# shellcheck source=scenarios/lib/layers.sh
. "$here/lib/layers.sh"

# What a build left that was killed; the lock says that none runs.
remove_tree "$cache"/work.*
work=$(mktemp -d "$cache/work.XXXXXX")
trap end_work EXIT

# What makes images, as opposed to what tests them.
builder=(build.sh lib/apt.sh lib/layers.sh lib/mkimage.py)

# The digest of everything a scenario's image depends on besides the mirror's present state.
recipe_key() {
  (cd "$here" && find "${builder[@]}" "$1" -type f ! -name 'probe*' ! -name 'wide*' \
     ! -name 'client*' ! -name options ! -name expect.json -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum | cut -c1-16
}

for name in "${names[@]}"; do
  started=$SECONDS
  image=$cache/$name-$(recipe_key "$name").tar
  if [ ! -f "$image" ]; then
    echo "== $name: building from Debian packages" >&2
    prepare_apt
    prepare_base
    build_scenario "$name" "$image"
    find "$cache" -maxdepth 1 -name "$name-????????????????.tar" ! -newer "$image" \
      ! -path "$image" -delete
  fi
  ln -f "$image" "$out/$name.tar" 2>/dev/null || cp "$image" "$out/$name.tar"
  echo "$name: $out/$name.tar, $(du -h "$image" | cut -f1), $((SECONDS - started)) s" >&2
done
