# SPDX-License-Identifier: Apache-2.0
# Where packages come from: the mirrors, credentials and network options of the host's own apt, so
# that a build works wherever the host's apt does, and nothing about a mirror is written down here.
# shellcheck shell=bash

# Fills $cache/apt with sources.list, apt.conf and credentials; once a run.
prepare_apt() {
  [ -z "${apt_ready:-}" ] || return 0
  apt_ready=1
  apt=$cache/apt
  mkdir -p "$apt/archives/partial" "$apt/lists/partial" "$apt/auth.conf.d"
  # A host of another release or distribution says nothing about this suite's mirrors: mmdebstrap
  # then takes its default ones.
  apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
    'Identifier: Packages' 'Origin: Debian' 2>/dev/null |
    awk -v suite="$suite" '$3 ~ "^" suite "(-updates|-security)?$"' | LC_ALL=C sort -u \
    >"$apt/sources.list" || true
  find /etc/apt/auth.conf /etc/apt/auth.conf.d -type f -exec cp {} "$apt/auth.conf.d/" \; \
    2>/dev/null || true
  apt-config dump 2>/dev/null |
    grep -E '^Acquire::(http|https|Check-|Retries|ForceIPv|Proxy|Languages)' >"$apt/apt.conf" || true
  # The same for apt inside the chroot, which finds this directory at /mnt and leaves no trace in
  # the image.
  {
    cat "$apt/apt.conf"
    cat <<-'CONF'
	APT::Sandbox::User "root";
	DPkg::Options:: "--force-unsafe-io";
	DPkg::Use-Pty "false";
	Dir::Cache::archives "/mnt/archives";
	Dir::Cache::pkgcache "";
	Dir::Cache::srcpkgcache "";
	Dir::State::lists "/mnt/lists";
	Dir::Etc::netrcparts "/mnt/auth.conf.d";
	Binary::apt-get::APT::Keep-Downloaded-Packages "true";
	CONF
    if [ -s "$apt/sources.list" ]; then
      printf 'Dir::Etc::sourcelist "/mnt/sources.list";\nDir::Etc::sourceparts "-";\n'
    fi
  } >"$apt/chroot.conf"
}

# run_mmdebstrap TARGET PACKAGE,...: a minimal Debian with these packages.
run_mmdebstrap() {
  local target=$1 include=$2 keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  local options=(--variant=minbase --quiet "--aptopt=$apt/apt.conf" "--include=$include")
  [ ! -f $keyring ] || options+=("--keyring=$keyring")
  if [ -s "$apt/sources.list" ]; then
    mmdebstrap "${options[@]}" "$suite" "$target" "$apt/sources.list"
  else
    mmdebstrap "${options[@]}" "$suite" "$target"
  fi
}
