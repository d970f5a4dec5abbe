# SPDX-License-Identifier: Apache-2.0
# A batch job with numpy and pandas, on an image that also has what a data team installs beside.
# shellcheck shell=bash
compression=gzip
packages=(python3 python3-numpy python3-pandas python3-pip curl vim-tiny less)

customise() {
  useradd --system --user-group --no-create-home --home-dir /srv/job --shell /usr/sbin/nologin job
}
