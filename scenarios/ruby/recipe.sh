# SPDX-License-Identifier: Apache-2.0
# puma and sinatra from Debian's gems, with what native gems are built with.
# shellcheck shell=bash
compression=gzip
packages=(ruby puma ruby-sinatra ruby-bcrypt ruby-builder curl git make vim-tiny procps)

customise() {
  useradd --system --user-group --home-dir /app --shell /usr/sbin/nologin app
  chown -R app:app /app
}
