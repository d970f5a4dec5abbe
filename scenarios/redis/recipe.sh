# SPDX-License-Identifier: Apache-2.0
# Redis without an entrypoint script: the server itself, as its own user, data in a volume.
# shellcheck shell=bash
compression=gzip
packages=(redis-server)

customise() {
  mkdir -p /data
  chown redis:redis /data
}
