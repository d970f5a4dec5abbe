# SPDX-License-Identifier: Apache-2.0
# A job without a port: reads its input, prints a result, ends.
# shellcheck shell=bash
compression=zstd
packages=(python3)
