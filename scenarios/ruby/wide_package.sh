#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What only --closure package promises: encodings that few texts are in.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
check 'a rarer character set' says '^テ$' curl -fsS localhost:9292/japanese
verdict
