#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Beyond the probe: a password, refusals, files by sftp, a terminal, forwarding, another key type.
# shellcheck source=scenarios/openssh/client.sh
. "$(dirname "$0")/client.sh"
# shellcheck source=scenarios/lib/check.sh
. "$(dirname "$0")/../lib/check.sh"
on_server() { ssh "${with_key[@]}" ops@127.0.0.1 "$@"; }
password() { sshpass -p "$1" ssh "${with_password[@]}" "$2@127.0.0.1" 'echo in'; }

check 'a key' says '^ops$' on_server 'echo "$USER"'
check 'a password' says '^in$' password secret ops
check 'a wrong password' refused password wrong ops
check 'an unknown user' refused password secret nobody-here
check 'no root' refused password secret root
check 'a terminal' says '^on' ssh -tt "${with_key[@]}" ops@127.0.0.1 'test -t 0 && echo on'
check 'standard input and exit status' bash -c '
  . "$0/client.sh"; set +e
  echo text | ssh "${with_key[@]}" ops@127.0.0.1 \
    "read -r word; echo got \$word; exit 7" | grep -q "got text"
  [ "${PIPESTATUS[1]}" = 7 ]' "$(cd "$(dirname "$0")" && pwd)"
check 'the home directory is writable' on_server \
  'echo note >note && read -r line <note && [ "$line" = note ]'
check 'the group database' says '^0$' on_server 'cd / && echo $?'

files() {
  seq 10000 >"$scratch/numbers"
  printf 'put %s upload\nls -l\nrename upload moved\nget moved %s\n' "$scratch/numbers" \
    "$scratch/back" >"$scratch/batch"
  printf 'mkdir box\nrmdir box\nrm moved\n' >>"$scratch/batch"
  sftp "${with_key[@]}" -b "$scratch/batch" ops@127.0.0.1
  cmp "$scratch/numbers" "$scratch/back"
}
check sftp files
check scp scp "${with_key[@]}" "$scratch/key" ops@127.0.0.1:copy
check 'a forwarded port' says '^SSH-2.0-' bash -c '. "$0/client.sh"
  ssh "${with_key[@]}" -W 127.0.0.1:22 ops@127.0.0.1 < <(printf "x\r\n")' "$(cd "$(dirname "$0")" && pwd)"
check 'an RSA host key' ssh "${with_key[@]}" -o HostKeyAlgorithms=rsa-sha2-512 ops@127.0.0.1 true
check 'other ciphers' ssh "${with_key[@]}" -c aes256-ctr -m hmac-sha2-512 ops@127.0.0.1 true
verdict
