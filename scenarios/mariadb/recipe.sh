# SPDX-License-Identifier: Apache-2.0
# MariaDB as its official image sets it up: an entrypoint script makes the database at the first
# start, then the server runs as the user mysql.
# shellcheck shell=bash
compression=gzip
packages=(mariadb-server gosu tzdata xz-utils zstd pwgen)

customise() {
  # The database that the package made is not the image's: data lives in the volume.
  rm -rf /var/lib/mysql
  install -d -o mysql -g mysql -m 777 /var/lib/mysql
  install -d -o mysql -g mysql -m 1777 /run/mysqld
  install -d /docker-entrypoint-initdb.d
  printf '[mariadbd]\nbind-address = *\nskip-name-resolve\n' \
    >/etc/mysql/mariadb.conf.d/99-container.cnf
}
