#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A scenario's image for the tests that need it: build_image.sh NAME
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "SKIP: needs root" >&2; exit 77; }
exec "$(dirname "$0")/../../scenarios/build.sh" "$1" "${SLIM_E2E:?}/images"
