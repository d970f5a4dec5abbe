# SPDX-License-Identifier: Apache-2.0
# nginx with its logs going to the container's output, started without a script.
# shellcheck shell=bash
compression=gzip
packages=(nginx curl)

customise() {
  ln -sf /dev/stdout /var/log/nginx/access.log
  ln -sf /dev/stderr /var/log/nginx/error.log
  cp /usr/share/nginx/html/index.html /var/www/html/index.html
}
