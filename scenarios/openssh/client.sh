# SPDX-License-Identifier: Apache-2.0
# What both probes need: the client's options, and the key with the mode that ssh insists on.
# shellcheck shell=bash
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
install -m 600 "$(dirname "${BASH_SOURCE[0]}")/insecure_client_key" "$scratch/key"
options=(-F /dev/null -o LogLevel=ERROR -o ConnectTimeout=20 -o StrictHostKeyChecking=no
         -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes)
with_key=("${options[@]}" -i "$scratch/key" -o BatchMode=yes)
with_password=("${options[@]}" -o PubkeyAuthentication=no -o PreferredAuthentications=password)
