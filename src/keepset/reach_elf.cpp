// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "keepset/reach.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

// Parts of the C library: what they call, they call for a function that somebody else imports.
constexpr std::string_view kCLibrary[] = {"libc.so",   "libc.musl-", "ld-linux",    "ld-musl-",
                                          "libm.so",   "libdl.so",   "libpthread.so", "librt.so",
                                          "libutil.so", "libanl.so",  "libresolv.so", "libnss_"};

// Libraries that are linked for little of what they can do. As long as no file imports anything that
// begins with `marks`, `harmless` apart, they make none of the calls that evidence is asked for.
struct Narrow {
  std::string_view library;
  std::string_view marks;
  std::string_view harmless;
};
constexpr Narrow kNarrow[] = {
    // Servers tell by it that they are ready, and take sockets over.
    {"libsystemd.so", "sd_",
     "sd_booted sd_is_socket sd_is_socket_inet sd_is_socket_sockaddr sd_is_socket_unix "
     "sd_journal_print sd_journal_send sd_journal_sendv sd_journal_stream_fd sd_listen_fds "
     "sd_listen_fds_with_names sd_notify sd_notifyf sd_pid_notify sd_pid_notify_with_fds "
     "sd_watchdog_enabled"},
    // C++'s library of names of files.
    {"libstdc++.so", "_ZNSt10filesystem _ZNKSt10filesystem _ZNSt12experimental10filesystem "
                     "_ZNKSt12experimental10filesystem", {}},
};

// What a library imports for a use of it that few programs make: none counts as long as no file but
// itself and `beside` imports anything that begins with `marks`.
struct Seldom {
  std::string_view library, beside;
  std::string_view marks;
  std::string_view functions;
};
constexpr Seldom kSeldom[] = {
    // OpenSSL's own sockets, which programs with sockets of theirs do not use. libssl puts them below
    // BIO_new_ssl_connect().
    {"libcrypto.so", "libssl.so",
     "BIO_ADDR_hostname_string BIO_get_host_ip BIO_gethostbyname BIO_lookup BIO_new_accept "
     "BIO_new_connect BIO_new_ssl_connect BIO_s_accept BIO_s_connect OCSP_sendreq OSSL_CMP_ "
     "OSSL_HTTP_ X509_CRL_load_http X509_load_http",
     "getaddrinfo gethostbyname getnameinfo"},
};

bool listed(std::string_view list, std::string_view word) {
  return is_one_of(word, words(list));
}

std::string_view library_name(const std::string& path, const ElfFile& file) {
  return file.soname.empty() ? name_of(path) : std::string_view(file.soname);
}

bool needs(const ElfFile& file, std::string_view library) {
  return is_one_of(library, file.needed);
}

bool is_marked(std::string_view symbol, std::string_view list) {
  return starts_with_one(symbol, words(list));
}

bool is_used_little(std::string_view library, const std::vector<const ElfFile*>& users) {
  for (const Narrow& narrow : kNarrow) {
    if (!library.starts_with(narrow.library)) continue;
    return std::none_of(users.begin(), users.end(), [&](const ElfFile* user) {
      return !user->imports ||
             std::any_of(user->imports->begin(), user->imports->end(),
                         [&](const std::string& symbol) {
                           return is_marked(symbol, narrow.marks) &&
                                  !listed(narrow.harmless, symbol);
                         });
    });
  }
  return false;
}

// What of a file's imports counts for nothing; empty if all count.
std::string_view seldom_used(std::string_view library, const ElfFiles& files) {
  for (const Seldom& seldom : kSeldom) {
    if (!library.starts_with(seldom.library)) continue;
    const bool used = std::any_of(files.begin(), files.end(), [&](const auto& each) {
      const std::string_view name = library_name(each.first, *each.second);
      if (name.starts_with(seldom.library) || name.starts_with(seldom.beside)) return false;
      const auto& imports = each.second->imports;
      return imports && std::any_of(imports->begin(), imports->end(), [&](const std::string& symbol) {
               return is_marked(symbol, seldom.marks);
             });
    });
    if (!used) return seldom.functions;
  }
  return {};
}

// Takes out libraries that count for nothing, and those that only these need.
void take_out_little_used(ElfFiles& files) {
  const ElfFiles all = files;
  for (bool changed = true; changed;) {
    changed = false;
    for (auto each = files.begin(); each != files.end();) {
      const std::string_view library = library_name(each->first, *each->second);
      std::vector<const ElfFile*> users, counting;
      for (const auto& [path, file] : all) {
        if (!needs(*file, library)) continue;
        users.push_back(file);
        if (files.contains(path)) counting.push_back(file);
      }
      const bool out = !users.empty() && (counting.empty() || is_used_little(library, counting));
      each = out ? files.erase(each) : std::next(each);
      changed |= out;
    }
  }
}

}  // namespace

std::optional<Abilities> abilities_of(const ElfFiles& files) {
  ElfFiles counting = files;
  std::erase_if(counting, [](const auto& each) {
    return starts_with_one(library_name(each.first, *each.second), kCLibrary);
  });
  take_out_little_used(counting);
  Abilities found;
  for (const auto& [path, file] : counting) {
    if (file->calls_directly ? !file->call_numbers : !file->imports) return std::nullopt;
    const std::string_view seldom = seldom_used(library_name(path, *file), counting);
    if (file->imports)
      std::copy_if(file->imports->begin(), file->imports->end(),
                   std::inserter(found.imports, found.imports.end()),
                   [&](const std::string& symbol) { return !listed(seldom, symbol); });
    if (file->call_numbers)
      found.call_numbers.insert(file->call_numbers->begin(), file->call_numbers->end());
  }
  return found;
}

ElfFiles needed_by(const ElfFile& user, const ElfFiles& files) {
  ElfFiles needed;
  for (const auto& [path, file] : files)
    if (needs(user, library_name(path, *file))) needed.emplace(path, file);
  return needed;
}

ElfFiles loaded_with(const ElfFiles& roots, const ElfFiles& files) {
  ElfFiles loaded = roots;
  std::vector<const ElfFile*> next;
  for (const auto& [path, file] : roots) next.push_back(file);
  while (!next.empty()) {
    const ElfFile* user = next.back();
    next.pop_back();
    for (const auto& [path, file] : needed_by(*user, files))
      if (loaded.emplace(path, file).second) next.push_back(file);
  }
  return loaded;
}

}  // namespace slim::keepset
