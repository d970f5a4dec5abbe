# SPDX-License-Identifier: Apache-2.0
# A PSGI application on starman, all from Debian's Perl packages, with what CPAN modules are built with.
# shellcheck shell=bash
compression=gzip
packages=(starman libplack-perl libjson-perl libjson-xs-perl libdatetime-perl libtemplate-perl
          libdbd-sqlite3-perl libyaml-perl libmoo-perl libtry-tiny-perl perl-doc
          curl git make vim-tiny procps)

customise() {
  useradd --system --user-group --home-dir /app --shell /usr/sbin/nologin app
  chown -R app:app /app
}
