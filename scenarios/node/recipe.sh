# SPDX-License-Identifier: Apache-2.0
# node and express, with what a team leaves in for building and debugging.
# shellcheck shell=bash
compression=gzip
packages=(nodejs node-express node-ejs node-semver curl git python3-minimal make vim-tiny
          procps)

customise() {
  useradd --system --user-group --home-dir /app --shell /usr/sbin/nologin node
  chown -R node:node /app
}
