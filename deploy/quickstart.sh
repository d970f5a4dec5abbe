#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh Debian machine to a slimmed image: installs what is missing, builds slim, makes a
# deliberately fat Flask image, and slims it. Safe to run again; a second run reuses everything.
#
#     deploy/quickstart.sh [DIRECTORY]       default: ./slim-demo
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
demo=${1:-$PWD/slim-demo}

say() { printf '\n==> %s\n' "$*"; }

if [ "$(id -u)" != 0 ]; then
  echo "quickstart.sh: run it as root: it installs packages, and containers are run" >&2
  exit 1
fi

say "Installing the Debian packages that are missing"
"$root/deploy/packages.sh" install build run scenarios

say "Building slim (build/release)"
"$root/deploy/build.sh" --target slim
slim=$root/build/release/slim

say "Making the demo image: Debian 12 with Python, Flask, gunicorn, and compilers, git, ..."
mkdir -p "$demo"
"$root/scenarios/build.sh" flask "$demo"

cd "$demo"
say "slim run oci-archive:flask.tar -- curl -fsS localhost:5000/"
"$slim" run --output "$demo/out" --tag flask:slim oci-archive:flask.tar -- curl -fsS localhost:5000/

say "The slim image is $demo/out/image.tar. Load and run it under its own profile:"
cat <<TEXT
    docker load -i $demo/out/image.tar
    docker run --security-opt seccomp=$demo/out/seccomp.json -p 5000:5000 flask:slim
TEXT
