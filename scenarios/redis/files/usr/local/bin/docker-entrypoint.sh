#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
set -e
# First argument an option or a file: it is meant for redis-server.
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
  set -- redis-server "$@"
fi
if [ "$1" = redis-server ]; then
  if [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis '{}' +
    exec setpriv --reuid=redis --regid=redis --init-groups "$0" "$@"
  fi
  umask 0077
  # Reachable from other containers, as the official image is; its address is its protection.
  set -- "$@" --protected-mode no --bind '* -::*'
fi
exec "$@"
