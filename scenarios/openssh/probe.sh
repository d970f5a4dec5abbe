#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One login with the key, one command.
# shellcheck source=scenarios/openssh/client.sh
. "$(dirname "$0")/client.sh"
[ "$(ssh "${with_key[@]}" ops@127.0.0.1 'echo "$USER"')" = ops ]
