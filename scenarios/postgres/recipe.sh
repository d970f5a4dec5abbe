# SPDX-License-Identifier: Apache-2.0
# PostgreSQL 15 as its official image sets it up: initdb at the first start, then the server, as
# the user postgres.
# shellcheck shell=bash
compression=gzip
packages=(postgresql-15 postgresql-contrib locales gosu xz-utils zstd less)

customise() {
  localedef -i en_US -c -f UTF-8 -A /usr/share/locale/locale.alias en_US.UTF-8
  # The cluster that the package made is not the image's: data lives in the volume.
  pg_dropcluster --stop 15 main 2>/dev/null || true
  rm -rf /var/lib/postgresql/15
  install -d -o postgres -g postgres -m 1777 /var/lib/postgresql/data
  install -d -o postgres -g postgres -m 3775 /var/run/postgresql
  install -d /docker-entrypoint-initdb.d
}
