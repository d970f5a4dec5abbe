# SPDX-License-Identifier: Apache-2.0
# nginx and php-fpm in one image, started by one script, as small shops deploy them.
# shellcheck shell=bash
compression=gzip
packages=(nginx-light php8.2-fpm php8.2-mbstring php8.2-xml php8.2-sqlite3 php8.2-curl
          php8.2-cli composer curl git unzip vim-tiny procps)

customise() {
  ln -sf /etc/nginx/sites-available/shop /etc/nginx/sites-enabled/default
  ln -sf /dev/stdout /var/log/nginx/access.log
  ln -sf /dev/stderr /var/log/nginx/error.log
  chmod 755 /usr/local/bin/start-shop
  phpdismod -v 8.2 -s fpm calendar intl  # only one pool has the first, only composer the other
  COMPOSER_ALLOW_SUPERUSER=1 composer install --quiet --no-dev --working-dir=/var/www/shop
}
