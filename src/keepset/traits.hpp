// SPDX-License-Identifier: Apache-2.0
// What the kept ELF files say about the image as a whole; collected by the rule `elf`.
#pragma once

#include <set>
#include <string_view>

#include "keepset/marker.hpp"

namespace slim::keepset {

struct ByPath {
  bool operator()(const IndexEntry* a, const IndexEntry* b) const { return a->path < b->path; }
};
using EntrySet = std::set<const IndexEntry*, ByPath>;

struct Traits {
  EntrySet c_library;     // the C libraries themselves
  EntrySet name_service;  // files that ask nsswitch.conf's services
  EntrySet providers;     // files that load a provider of OpenSSL by name
  EntrySet tls;           // TLS libraries, and static programs that name the bundle of authorities
  EntrySet local_time;    // static programs that read /etc/localtime
};

// Libraries that verify certificates against the system's authorities.
inline constexpr std::string_view kTlsLibraries[] = {
    "libssl.so", "libssl3.so", "libgnutls.so", "libmbedtls.so", "libwolfssl.so", "libtls.so"};

}  // namespace slim::keepset
