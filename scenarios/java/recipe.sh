# SPDX-License-Identifier: Apache-2.0
# A Java program in an image that has the whole development kit, as images that compile in place do.
# shellcheck shell=bash
compression=gzip
packages=(openjdk-17-jdk-headless curl git vim-tiny procps unzip)

customise() {
  cd /opt/shop
  mkdir classes
  javac -d classes src/shop/*.java
  install -D -m 644 src/META-INF/services/shop.Formatter classes/META-INF/services/shop.Formatter
  jar --create --file shop.jar --main-class shop.Main -C classes .
  rm -r classes
  useradd --system --user-group --no-create-home --shell /usr/sbin/nologin shop
}
