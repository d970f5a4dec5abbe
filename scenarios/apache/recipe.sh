# SPDX-License-Identifier: Apache-2.0
# Apache httpd as Debian sets it up, started by a script that becomes it, with its logs going to the
# container's output.
# shellcheck shell=bash
compression=gzip
packages=(apache2 curl less vim-tiny procps)

customise() {
  chmod 755 /usr/local/bin/httpd-foreground
  a2enmod -q headers rewrite expires >/dev/null
  a2enconf -q shop >/dev/null
  htpasswd -bc /etc/apache2/shop.htpasswd clerk secret 2>/dev/null
  ln -sf /dev/stdout /var/log/apache2/access.log
  ln -sf /dev/stderr /var/log/apache2/error.log
}
