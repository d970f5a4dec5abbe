# SPDX-License-Identifier: Apache-2.0
# A deliberately fat Flask image: what is left when a team installs "what we might need".
# shellcheck shell=bash
compression=gzip
packages=(python3 python3-flask python3-pip python3-venv python3-dev gunicorn gcc g++ make git
          curl wget vim-tiny perl openssh-client sqlite3 file less procps iproute2
          libpq-dev libffi-dev libssl-dev manpages gdb cmake)

customise() {
  useradd --system --user-group --home-dir /app --shell /usr/sbin/nologin app
  chown -R app:app /app
  python3 -m compileall -q /app
}

# A later step that "cleans up": the bytes stay in the layers below, whiteouts hide the files.
tidy() {
  rm -rf /usr/share/man /usr/share/doc/git /var/log/apt /var/log/dpkg.log
}
