# SPDX-License-Identifier: Apache-2.0
# An SSH server with PAM, as jump hosts and sftp drop boxes are: host keys are made at the first
# start. The client's key beside this file is a throw-away key and protects nothing.
# shellcheck shell=bash
compression=gzip
packages=(openssh-server libpam-cap rsync vim-tiny less procps curl)

customise() {
  rm -f /etc/ssh/ssh_host_*
  install -d -m 755 /run/sshd
  # The password is "secret".
  useradd --home-dir /srv/ops --shell /bin/bash --password \
    '$6$scenario$yfvXLG3TKCURSgHZYo.LTEBXNSjhBGUkdbXDsOLOFTX/.9w7QFNuiMSeE8z3P/af5Y1UKvyx7cOR0Np1YIcGc1' ops
  chown -R ops:ops /srv/ops
  chmod 700 /srv/ops /srv/ops/.ssh
  chmod 600 /srv/ops/.ssh/authorized_keys
}
