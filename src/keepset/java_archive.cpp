// SPDX-License-Identifier: Apache-2.0
#include "keepset/java_archive.hpp"

#include <algorithm>

#include "keepset/java_class.hpp"
#include "keepset/text.hpp"
#include "keepset/traits.hpp"
#include "slim/base/path.hpp"
#include "slim/image/zip.hpp"

namespace slim::keepset {
namespace {

constexpr uint64_t kLargest = 256u << 20;
constexpr uint64_t kBudget = 256u << 20;  // of what is in one, unpacked
constexpr size_t kLongestString = 4096;
constexpr std::string_view kArchives[] = {".jar", ".war"};
constexpr std::string_view kClass = ".class";

bool is_archive(std::string_view name) { return ends_with_one(name, kArchives); }

bool starts_programs(const JavaClass& each) {
  return each.classes.contains("java/lang/ProcessBuilder") ||
         (each.classes.contains("java/lang/Runtime") && each.members.contains("exec")) ||
         std::any_of(each.classes.begin(), each.classes.end(), [](std::string_view name) {
           return name.starts_with("org/apache/commons/exec/");
         });
}

bool draws_text(const JavaClass& each) {
  return each.classes.contains("java/awt/Font") || each.classes.contains("java/awt/FontMetrics");
}

void add_strings(const JavaClass& each, std::set<std::string>& strings) {
  for (const std::string_view text : each.constants)
    if (!text.empty() && text.size() <= kLongestString) strings.emplace(text);
}

using ReadClass = std::function<void(const JavaClass&, bool own)>;

// Those of archives in the archive are libraries, which are not its own.
void for_each_class(std::string_view bytes, bool own, uint64_t& budget, const ReadClass& read) {
  const auto is_wanted = [&](std::string_view name) {
    return name.ends_with(kClass) || (own && is_archive(name));
  };
  image::for_each_in_zip(bytes, budget, is_wanted, [&](const image::ZipMember& member) {
    if (is_archive(member.name)) return for_each_class(member.content, false, budget, read);
    if (const auto found = java_class_of(member.content)) read(*found, own);
  });
}

void for_each_class(const IndexEntry& entry, std::string_view bytes, const ReadClass& read) {
  uint64_t budget = kBudget;
  if (!entry.path.ends_with(kClass)) return for_each_class(bytes, true, budget, read);
  if (const auto found = java_class_of(bytes)) read(*found, true);
}

JavaArchive archive_of(const IndexEntry& entry, std::string_view bytes) {
  JavaArchive archive;
  std::set<std::string, std::less<>> starters;  // classes that start programs
  for_each_class(entry, bytes, [&](const JavaClass& each, bool own) {
    archive.draws_text |= draws_text(each);
    if (each.members.contains("loadLibrary")) add_strings(each, archive.libraries);
    if (!own) return;
    for (const std::string_view name : each.classes) archive.names.emplace(name_of(name));
    archive.names.insert(each.members.begin(), each.members.end());
    if (starts_programs(each)) starters.emplace(each.name);
  });
  if (starters.empty()) return archive;
  for_each_class(entry, bytes, [&](const JavaClass& each, bool own) {
    const bool asks = own && std::any_of(each.classes.begin(), each.classes.end(),
                                         [&](std::string_view name) { return starters.contains(name); });
    if (asks) add_strings(each, archive.commands);
  });
  return archive;
}

}  // namespace

std::string_view java_library_of(std::string_view machine) {
  // JAVA_HOME/lib/server/libjvm.so, in Java 8 JAVA_HOME/jre/lib/ARCH/server/libjvm.so.
  std::string_view library = parent_of(parent_of(machine));
  if (name_of(library) != "lib") library = parent_of(library);
  return name_of(library) == "lib" ? library : std::string_view();
}

std::set<std::string> java_libraries(const Marker& marker) {
  std::set<std::string> directories;
  for (const auto& [path, use] : marker.trace().files) {
    if ((use.access & trace::kMapped) == 0 || name_of(path) != "libjvm.so") continue;
    const std::string_view library = java_library_of(std::string_view(path).substr(1));
    if (!library.empty()) directories.emplace(library);
  }
  return directories;
}

Result<const JavaArchive*> JavaArchives::read(Marker& marker, const IndexEntry& entry) {
  const bool is_java = is_archive(entry.path) || entry.path.ends_with(kClass);
  if (!is_java || !is_file(entry) || entry.size > kLargest) return nullptr;
  const auto known = read_.find(&entry);
  if (known != read_.end()) return &known->second;
  if (!machines_) machines_ = java_libraries(marker);
  const auto& machines = *machines_;
  if (machines.empty() || std::any_of(machines.begin(), machines.end(), [&](const std::string& library) {
        return entry.path.starts_with(std::string(parent_of(library)) + "/");
      }))
    return nullptr;
  SLIM_TRY(const std::string_view bytes, marker.content(entry));
  return &read_.emplace(&entry, archive_of(entry, bytes)).first->second;
}

}  // namespace slim::keepset
