# SPDX-License-Identifier: Apache-2.0
# nginx as its official image sets it up: entrypoint with hooks, logs to the container's output.
# shellcheck shell=bash
compression=gzip
packages=(nginx curl)

customise() {
  ln -sf /dev/stdout /var/log/nginx/access.log
  ln -sf /dev/stderr /var/log/nginx/error.log
  cp /usr/share/nginx/html/index.html /var/www/html/index.html
}
