# SPDX-License-Identifier: Apache-2.0
# A service glued together from shell: a script builds a page with coreutils, sed and awk, and
# busybox serves it.
# shellcheck shell=bash
compression=gzip
packages=(busybox curl less procps vim-tiny)

customise() {
  chmod 755 /srv/www/cgi-bin/*
}
