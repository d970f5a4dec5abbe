# SPDX-License-Identifier: Apache-2.0
# Redis as its official image sets it up: starts as root, hands /data over, drops to redis.
# shellcheck shell=bash
compression=gzip
packages=(redis-server)

customise() {
  mkdir -p /data
  chown redis:redis /data
}
