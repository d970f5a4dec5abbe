#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds slim in build/PRESET, in the quickest way for this machine.
#
#     deploy/build.sh [--preset dev|release|asan] [CMAKE-BUILD-ARGUMENT...]     e.g. --target slim
set -euo pipefail

cd "$(dirname "$0")/.."
preset=release
if [ "${1:-}" = --preset ]; then preset=$2; shift 2; fi

# Compiled for the first time, sources are quickest together; with a cache, each by itself.
together=ON
launcher=
if command -v ccache >/dev/null && [ -z "${CCACHE_DISABLE:-}" ]; then together=OFF launcher=ccache; fi

compile() {
  cmake --preset "$preset" -DSLIM_UNITY=$together -DCMAKE_CXX_COMPILER_LAUNCHER=$launcher >/dev/null || exit
  cmake --build --preset "$preset" "$@"
}

if compile "$@"; then exit 0; fi
[ $together = ON ] || exit 1
echo "==> Building again, each source by itself"
together=OFF
compile "$@"
