#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SET and GET.
set -euo pipefail
[ "$(redis-cli SET greeting hello)" = OK ]
[ "$(redis-cli GET greeting)" = hello ]
