#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the hooks of /docker-entrypoint.d, then the command.
set -e
if [ "$1" = nginx ] || [ "$1" = nginx-debug ]; then
  for hook in /docker-entrypoint.d/*.sh; do
    if [ -x "$hook" ]; then
      echo "$0: launching $hook"
      "$hook"
    fi
  done
fi
exec "$@"
