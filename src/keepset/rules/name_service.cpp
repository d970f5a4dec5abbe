// SPDX-License-Identifier: Apache-2.0
// Programs that look up users, hosts or services need nsswitch.conf, the modules that it names
// (glibc loads libnss_NAME.so.2 by dlopen, so no file names them) and the data files.
#include "keepset/libraries.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "keepset/traits.hpp"

namespace slim::keepset::rules {
namespace {

constexpr std::string_view kData[] = {"/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
                                      "/etc/services", "/etc/protocols"};

// nsswitch.conf(5): "database: service [STATUS=action] service ...".
Result<std::set<std::string>> services(Marker& marker) {
  std::set<std::string> names;
  const rootfs::Resolution found = marker.index().resolve("/etc/nsswitch.conf");
  if (found.outcome != rootfs::Resolution::Outcome::found) {
    return std::set<std::string>{"compat", "dns", "files"};  // glibc's defaults, old and new
  }
  SLIM_TRY(const std::string_view text, marker.text(*found.entry));
  for (std::string_view line : lines(text)) {
    line = line.substr(0, line.find('#'));
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    // Without the actions, of which there may be blanks in the brackets and none before them.
    std::string plain;
    for (const std::string_view part : split(line.substr(colon + 1), ']')) {
      plain.append(part.substr(0, part.find('['))).append(" ");
    }
    for (const std::string_view word : words(plain)) {
      if (word.find('/') == std::string_view::npos) names.emplace(word);
    }
  }
  return names;
}

}  // namespace

Result<void> name_service(Marker& marker) {
  const Traits& traits = marker.state<Traits>();
  if (traits.name_service.empty() || traits.c_library.empty()) return {};
  const Reason reason{"name-service", absolute((*traits.name_service.begin())->path)};
  for (const std::string_view path : kData) marker.mark_if_there(path, reason);
  SLIM_TRY(const auto names, services(marker));
  auto& libraries = marker.state<Libraries>();
  const std::vector<const IndexEntry*> c_libraries(traits.c_library.begin(),
                                                   traits.c_library.end());
  for (const IndexEntry* c_library : c_libraries) {
    SLIM_TRY(const ElfFile* file, libraries.elf(marker, *c_library));
    if (file == nullptr || file->soname != "libc.so.6") continue;  // musl has no modules
    for (const std::string& name : names) {
      SLIM_TRY(const auto paths,
               libraries.find(marker, "libnss_" + name + ".so.2", *c_library, *file, {}));
      for (const std::string& path : paths) marker.mark_path(path, reason);
    }
  }
  return {};
}

}  // namespace slim::keepset::rules
