# SPDX-License-Identifier: Apache-2.0
# A web server that never is root: the program's file capability lets it bind a low port.
# shellcheck shell=bash
compression=gzip
packages=(lighttpd libcap2-bin curl procps vim-tiny)

customise() {
  setcap cap_net_bind_service=+ep /usr/sbin/lighttpd
  chown -R www-data:www-data /srv/www
}
