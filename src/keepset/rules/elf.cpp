// SPDX-License-Identifier: Apache-2.0
// An ELF file needs its interpreter and the libraries it names, and those theirs.
#include <utility>

#include "keepset/libraries.hpp"
#include "keepset/rules.hpp"
#include "keepset/traits.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::keepset::rules {
namespace {

// A library of that name elsewhere in the image may be loaded before it is asked for, as Java's
// libjvm is; more than this many are not a hint any more.
constexpr size_t kFewCandidates = 4;

// Named by libraries that many images have, loaded by next to no program in a container, and large:
// glibc for international host names (with libunistring, 2 MB), libselinux for what init does at
// boot, Java for the proxy settings of a GNOME desktop (6 MB), for printers (14 MB) and the names of
// their fonts.
constexpr std::string_view kSeldom[] = {"libcups.so.2",       "libfontconfig.so",
                                        "libfontconfig.so.1", "libgio-2.0.so",
                                        "libgio-2.0.so.0",    "libidn2.so.0",
                                        "libsepol.so.2"};

bool may_be_elf(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry)) return false;
  if ((entry.mode & 0111) != 0 || marker.executed(entry)) return true;
  const std::string_view name = name_of(entry.path);
  if (name.find(".so") != std::string_view::npos || name.ends_with(".node")) return true;
  const auto use = marker.trace().files.find(absolute(entry.path));
  return use != marker.trace().files.end() &&
         (use->second.access & (trace::kMapped | trace::kExecuted)) != 0;
}

// Strings by which a program without shared libraries tells what it will read.
constexpr std::string_view kBundle = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::string_view kLocaltime = "/etc/localtime";

Result<void> note_traits(Marker& marker, const IndexEntry& entry, const ElfFile& file) {
  auto& traits = marker.state<Traits>();
  const std::string_view name = name_of(entry.path);
  if (name.starts_with("libc.so") || name.starts_with("ld-musl-") || file.soname == "libc.so.6") {
    traits.c_library.insert(&entry);
  } else if (file.asks_name_service) {
    traits.name_service.insert(&entry);
  }
  // The library itself has it for others.
  if (file.loads_providers && !name.starts_with("libcrypto")) traits.providers.insert(&entry);
  for (const std::string_view library : kTlsLibraries) {
    if (name.starts_with(library)) traits.tls.insert(&entry);
  }
  if (file.interpreter.empty() && file.needed.empty() && marker.executed(entry)) {
    SLIM_TRY(const std::string_view bytes, marker.content(entry));
    if (bytes.find(kBundle) != std::string_view::npos) traits.tls.insert(&entry);
    if (bytes.find(kLocaltime) != std::string_view::npos) traits.local_time.insert(&entry);
  }
  return {};
}

Result<void> follow(Marker& marker, const IndexEntry& entry,
                    const std::vector<std::string>& inherited) {
  auto& libraries = marker.state<Libraries>();
  if (!libraries.followed.emplace(&entry, inherited).second) return {};
  SLIM_TRY(const ElfFile* file, libraries.elf(marker, entry));
  if (file == nullptr) return {};
  SLIM_CHECK(note_traits(marker, entry, *file));
  const std::string because = absolute(entry.path);
  // DT_RPATH (not DT_RUNPATH) also serves the libraries that this file loads.
  std::vector<std::string> passed_on;
  if (file->runpath.empty()) {
    passed_on = Libraries::expand(file->rpath, entry, *file);
    passed_on.insert(passed_on.end(), inherited.begin(), inherited.end());
  }
  for (const std::string& name : file->needed) {
    SLIM_TRY(const auto paths, libraries.find(marker, name, entry, *file, inherited));
    if (paths.empty()) libraries.unresolved[name].insert(&entry);
    for (const std::string& path : paths) {
      const IndexEntry* library = marker.mark_path(path, {"elf-needed", because});
      if (library != nullptr && !passed_on.empty()) {
        SLIM_CHECK(follow(marker, *library, passed_on));
      }
    }
  }
  return {};
}

}  // namespace

Result<void> elf(Marker& marker, const IndexEntry& entry) {
  if (!may_be_elf(marker, entry)) return {};
  return follow(marker, entry, {});
}

// The kernel opens it, so no call of the run shows it.
Result<void> elf_interpreter(Marker& marker, const IndexEntry& entry) {
  if (!may_be_elf(marker, entry)) return {};
  SLIM_TRY(const ElfFile* file, marker.state<Libraries>().elf(marker, entry));
  if (file == nullptr || file->interpreter.empty()) return {};
  const std::string because = absolute(entry.path);
  if (marker.mark_path(file->interpreter, {"elf-interpreter", because}) == nullptr) {
    marker.warn(because + " needs the interpreter " + file->interpreter +
                ", which is nowhere in the image");
  }
  return {};
}

// Libraries that are loaded by name, when they are first needed: the run may not have needed them.
// Only names that a file which can load libraries has as whole strings, and that are found where
// the dynamic linker would look.
Result<void> dlopen_strings(Marker& marker, const IndexEntry& entry) {
  if (!may_be_elf(marker, entry)) return {};
  auto& libraries = marker.state<Libraries>();
  SLIM_TRY(const ElfFile* file, libraries.elf(marker, entry));
  if (file == nullptr) return {};
  const auto& needed = file->needed;
  for (const std::string& name : file->library_strings) {
    if (name == file->soname || is_one_of(name, needed) ||
        is_one_of(name, kSeldom)) {
      continue;
    }
    SLIM_TRY(const auto paths, libraries.find(marker, name, entry, *file, {}));
    for (const std::string& path : paths) {
      marker.mark_path(path, {"dlopen", absolute(entry.path)});
    }
  }
  return {};
}

// Libraries that the linker would not find by itself, but that something else has loaded by then.
Result<void> unresolved_libraries(Marker& marker) {
  auto& libraries = marker.state<Libraries>();
  if (libraries.unresolved.empty()) return {};
  const auto unresolved = std::exchange(libraries.unresolved, {});
  std::map<std::string_view, std::vector<const IndexEntry*>> by_name;
  for (const auto& [path, entry] : marker.index().entries()) {
    if (is_directory(entry)) continue;
    const auto wanted = unresolved.find(std::string(name_of(path)));
    if (wanted != unresolved.end()) by_name[wanted->first].push_back(&entry);
  }
  for (const auto& [name, needed_by] : unresolved) {
    const std::string because = absolute((*needed_by.begin())->path);
    const auto candidates = by_name.find(name);
    if (candidates == by_name.end()) {
      marker.warn(because + " needs the library " + name + ", which is nowhere in the image");
      continue;
    }
    SLIM_TRY(const ElfFile* file, libraries.elf(marker, **needed_by.begin()));
    std::vector<const IndexEntry*> fitting;
    bool there = false;
    for (const IndexEntry* candidate : candidates->second) {
      SLIM_TRY(const bool fits, libraries.fits(marker, absolute(candidate->path), *file));
      if (fits) fitting.push_back(candidate);
      there = there || (fits && marker.kept(*candidate));
    }
    if (there) continue;
    if (fitting.empty() || fitting.size() > kFewCandidates) {
      marker.warn(because + " needs the library " + name +
                  ", which is in no directory that is searched");
      continue;
    }
    for (const IndexEntry* candidate : fitting) marker.mark(*candidate, {"elf-needed", because});
  }
  return {};
}

}  // namespace slim::keepset::rules
