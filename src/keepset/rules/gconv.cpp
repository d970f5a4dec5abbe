// SPDX-License-Identifier: Apache-2.0
// iconv(3) loads a module for each character set that a text turns out to be in.
#include <algorithm>

#include "keepset/charsets.hpp"
#include "keepset/libraries.hpp"
#include "keepset/packages.hpp"
#include "keepset/programs.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// Conversions between the character sets that text is most often in; about 20 KB each.
constexpr std::string_view kCommonModules[] = {"CP1252.so",  "ISO8859-1.so", "ISO8859-15.so",
                                               "UNICODE.so", "UTF-16.so",    "UTF-32.so"};

// Those that mail and pages are in, by the list of https://encoding.spec.whatwg.org/#names-and-labels
// and RFC 2152; families are told by how their names begin. With their libraries 1.6 MB.
constexpr std::string_view kFamilies[] = {"CP125", "ISO8859-", "KOI8-"};
constexpr std::string_view kExchanged[] = {
    "BIG5.so",   "CP932.so",       "EUC-CN.so", "EUC-JP.so",  "EUC-KR.so",  "GB18030.so", "GBK.so",
    "IBM866.so", "ISO-2022-JP.so", "SJIS.so",   "TIS-620.so", "UNICODE.so", "UHC.so",     "UTF-16.so",
    "UTF-32.so", "UTF-7.so"};

enum class Modules { common, exchanged };

bool is_wanted(std::string_view name, Modules modules) {
  if (modules == Modules::common) return is_one_of(name, kCommonModules);
  return is_one_of(name, kExchanged) ||
         (starts_with_one(name, kFamilies) && name.ends_with(".so"));
}

// The directory of an entry if its name is `name`, else empty.
std::string_view directory_named(const IndexEntry& entry, std::string_view name) {
  for (std::string_view up = parent_of(entry.path); !up.empty(); up = parent_of(up)) {
    if (name_of(up) == name) return up;
  }
  return {};
}

void keep_conversions(Marker& marker, std::string_view directory, Modules modules,
                      const Reason& reason) {
  if (directory.empty()) return;
  for (const IndexEntry* child : marker.index().children(directory)) {
    const std::string_view name = name_of(child->path);
    if (name.starts_with("gconv-modules")) marker.mark_tree(*child, reason);
    if (is_wanted(name, modules)) marker.mark(*child, reason);
  }
}

void keep_everywhere(Marker& marker, Modules modules, const Reason& reason) {
  for (const std::string& directory : gconv_directories(marker.index()))
    keep_conversions(marker, directory, modules, reason);
}

}  // namespace

// Opening gconv-modules.cache is what every program in a UTF-8 locale does; a conversion is used
// when a module is, and maybe when the application's own sources speak of iconv(3).
Result<void> gconv(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry)) return {};
  const Reason reason{"gconv", absolute(entry.path)};
  if (marker.own(entry)) {
    SLIM_TRY(const std::string_view source, marker.text(entry));
    if (has_word(source, "iconv")) keep_everywhere(marker, Modules::common, reason);
  } else if (entry.path.ends_with(".so")) {
    keep_conversions(marker, directory_named(entry, "gconv"), Modules::common, reason);
  }
  return {};
}

// A server that converts texts by itself gets them from its clients, who choose the character set.
// Libraries made for everybody (glib, shells) import iconv_open too: it has to be of the server's own
// package.
Result<void> gconv_of_servers(Marker& marker) {
  std::vector<const IndexEntry*> converting;
  for (const auto& [entry, file] : marker.state<Libraries>().seen()) {
    const bool asks = file && file->imports && file->imports->contains("iconv_open");
    if (asks && marker.opened(*entry) && marker.kept(*entry)) converting.push_back(entry);
  }
  if (converting.empty()) return {};
  const EntrySet programs = servers_of(marker);
  if (programs.empty()) return {};
  SLIM_TRY(const auto* packages, PackageDatabase::of(marker));
  std::set<std::string> names;
  for (const IndexEntry* program : programs) {
    const auto owners = packages->owners(*program);
    names.insert(owners.begin(), owners.end());
  }
  const IndexEntry* first = nullptr;  // in what order they were seen, the reason is the same
  for (const IndexEntry* entry : converting) {
    const auto owners = packages->owners(*entry);
    const bool of_server = programs.contains(entry) ||
                           std::any_of(owners.begin(), owners.end(), [&](const std::string& owner) {
                             return names.contains(owner);
                           });
    if (of_server && (first == nullptr || entry->path < first->path)) first = entry;
  }
  if (first != nullptr)
    keep_everywhere(marker, Modules::exchanged, {"gconv", absolute(first->path)});
  return {};
}

}  // namespace slim::keepset::rules
