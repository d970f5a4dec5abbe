# SPDX-License-Identifier: Apache-2.0
# A batch image whose job touches one of every kind of file that slimming tools damage.
# shellcheck shell=bash
compression=gzip
packages=(libcap2-bin acl attr)

customise() {
  mkdir -p /kinds/dir "/kinds/name with space" /kinds/target /kinds/acl
  cd /kinds
  cp /usr/bin/id setuid && chown 1234:4321 setuid && chmod 6755 setuid
  cp /usr/bin/id capable && setcap cap_net_bind_service,cap_net_raw+ep capable
  echo one >linked && ln linked linked-again && ln linked dir/linked-third
  ln -s /kinds/target absolute-directory && echo inside >target/inside
  ln -s ../kinds/linked relative-link
  mkdir lost && ln -s nowhere lost/dangling && ln -s loop-b lost/loop-a && ln -s loop-a lost/loop-b
  mkfifo -m 640 fifo && chown 7:8 fifo
  mknod -m 600 device c 1 3
  install -d -m 1777 sticky
  install -d -m 2750 -o 55 -g 66 setgid
  echo acl >acl/file && setfacl -m u:1111:rw,g:2222:r acl/file && setfacl -d -m u:1111:rwx acl
  echo tagged >tagged && setfattr -n user.colour -v blue tagged
  setfattr -n trusted.made-by -v hand tagged && setfattr -n user.binary -v 0x00ff0a tagged
  truncate -s $((2 ** 30 - 3)) sparse && printf end >>sparse
  touch -d '1999-12-31 23:59:59.123456789 UTC' old
  touch -d '@-0.5' before-the-epoch && touch -d '1931-03-04 05:06:07.000000001 UTC' ancient
  mknod -m 660 block b 7 200
  install -d -m 1730 -o 3000001 -g 4000000000 /var/lib/owned
  echo far >far-owner && chown 2097153:2147483648 far-owner
  mkdir links && echo three >links/first && ln links/first dir/second && ln links/first third
  ln -s absolute-directory chain-2 && ln -s chain-2 chain-1
  long=$(printf '%0255d' 1)
  echo long >"$long"
  deep=deep/$(printf "${long:5}/%.0s" {1..14})
  mkdir -p "$deep" && echo deep >"$deep/file"
  echo hidden >hidden-target && ln hidden-target hidden-link
  mkdir gone && echo gone >gone/file && echo gone >gone-file
  mkdir mutable && echo original >mutable/changed && echo original >mutable/deleted
  printf raw >"$(printf 'latin-\351-name')"
  echo space >"name with space/file"
  mkdir -m 700 closed && echo secret >closed/file && chmod 400 closed/file && chown 5:5 closed/file
  mkdir -p replaced && echo old >replaced/old
  echo file >becomes-directory
}

# A directory emptied and refilled (opaque), a file that becomes a directory, a link whose target
# is removed, a directory and a file that are.
tidy() {
  rm -r /kinds/hidden-target /kinds/gone /kinds/gone-file
  rm -rf /kinds/replaced && mkdir /kinds/replaced && echo new >/kinds/replaced/new
  rm /kinds/becomes-directory && mkdir /kinds/becomes-directory
  echo in >/kinds/becomes-directory/in
}
