// SPDX-License-Identifier: Apache-2.0
// A program with a TLS library verifies its peers against the system's certificate authorities,
// from one file or, where OpenSSL is given no such file, from a directory of hashed names.
#include "keepset/rules.hpp"
#include "keepset/traits.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr std::string_view kFiles[] = {
    "/etc/ssl/certs/ca-certificates.crt",  // Debian, Alpine
    "/etc/ssl/cert.pem",                   // Alpine
    "/etc/ssl/ca-bundle.pem",              // openSUSE
    "/etc/pki/tls/certs/ca-bundle.crt",    // Fedora, RHEL
    "/etc/pki/tls/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/openssl.cnf",
    "/usr/lib/ssl/openssl.cnf",
    "/usr/lib/ssl/cert.pem",
    "/usr/lib/ssl/certs",  // the link to the hashed directory
};
// OPENSSLDIR/cert.pem, X509_get_default_cert_file(3).
constexpr std::string_view kOpensslFiles[] = {"/usr/lib/ssl/cert.pem", "/etc/ssl/cert.pem",
                                              "/etc/pki/tls/cert.pem"};
constexpr std::string_view kHashed = "etc/ssl/certs";

// OpenSSL's X509_LOOKUP_hash_dir: eight hexadecimal digits, a dot and a number.
bool is_hashed_name(std::string_view name) {
  return name.size() >= 10 && name[8] == '.' && name[9] >= '0' && name[9] <= '9' &&
         name.substr(0, 8).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Result<void> trust(Marker& marker) {
  const Traits& traits = marker.state<Traits>();
  if (traits.tls.empty()) return {};
  const Reason reason{"trust", absolute((*traits.tls.begin())->path)};
  for (const std::string_view path : kFiles) marker.mark_if_there(path, reason);
  // The same authorities once more in 140 files: only for an OpenSSL without its file.
  for (const std::string_view path : kOpensslFiles) {
    const rootfs::Resolution found = marker.index().resolve(path);
    if (found.outcome == rootfs::Resolution::Outcome::found) return {};
  }
  for (const IndexEntry* entry : marker.index().children(kHashed)) {
    if (is_hashed_name(name_of(entry->path))) marker.mark(*entry, reason);
  }
  return {};
}

}  // namespace slim::keepset::rules
