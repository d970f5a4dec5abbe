#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What only --closure package promises: files that nothing but configuration names.
set -euo pipefail
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
url=localhost:80
check 'an icon of it' says '^200$' "${status[@]}" $url/icons/text.gif
check 'a password' says 'for staff' curl -fsS -u clerk:secret $url/private/notes.txt
check 'a wrong password' says '^401$' "${status[@]}" -u clerk:wrong $url/private/notes.txt
verdict
