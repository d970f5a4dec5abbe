# SPDX-License-Identifier: Apache-2.0
# Several processes in one image: tini, a shell script, a web server and a cache beside it.
# shellcheck shell=bash
compression=gzip
packages=(tini lighttpd memcached curl netcat-openbsd less vim-tiny procps python3-minimal)

customise() {
  chmod 755 /usr/local/bin/start-all
  useradd --system --user-group --no-create-home --shell /usr/sbin/nologin site
}
