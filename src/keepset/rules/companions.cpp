// SPDX-License-Identifier: Apache-2.0
// Programs that others start which the application's own sources name: what a wrapper stands for, the
// filters of an archiver, and the helpers that are called after their program (git-remote-https).
#include "keepset/libraries.hpp"
#include "keepset/programs.hpp"
#include "keepset/reach.hpp"
#include "keepset/rules.hpp"
#include "keepset/shebang.hpp"
#include "keepset/shell_source.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kLargestCompanion = 2u << 20, kLargestScript = 64u << 10;
constexpr std::string_view kFilters[] = {"bzip2", "compress", "gzip", "lz4",  "lzip",
                                         "lzma",  "lzop",     "xz",   "zstd"};
constexpr std::string_view kPlaces[] = {"/lib/", "/libexec/"};

void keep(Marker& marker, const std::string& path, const IndexEntry& by) {
  const IndexEntry* program = marker.mark_if_there(path, {"companion", absolute(by.path)});
  if (program != nullptr && is_file(*program)) marker.note_executed(*program);
}

// pg_dump in usr/lib/postgresql/15/bin, where the command is a link to a script of another name.
void keep_wrapped(Marker& marker, std::string_view command, const IndexEntry& script) {
  if (command == name_of(script.path)) return;
  const std::string ending = "/bin/" + std::string(command);
  for (const auto& [path, entry] : marker.index().entries())
    if (path.ends_with(ending) && is_file(entry) && (entry.mode & 0111) != 0) keep(marker, path, script);
}

// A compiler may have one text as the end of another.
bool has_text(std::string_view content, std::string_view text) {
  return content.find(std::string(text) + '\0') != std::string_view::npos;
}

// Small files of a directory of helpers, but no scripts that need more than a shell, and links; a helper
// that has links is one that is called for in more than one way.
Result<void> keep_helpers(Marker& marker, const std::string& place, const std::string& prefix,
                          const IndexEntry& program) {
  const rootfs::Resolution found = marker.index().resolve(place);
  if (found.outcome != rootfs::Resolution::Outcome::found || !is_directory(*found.entry)) return {};
  for (const IndexEntry* helper : marker.index().children(found.entry->path)) {
    if (!name_of(helper->path).starts_with(prefix)) continue;
    if (is_file(*helper)) {
      if (helper->size > kLargestScript) continue;
      SLIM_TRY(const std::string_view text, marker.content(*helper));
      const auto line = shebang_of(text);
      if (line && !is_shell(line->name())) continue;
    }
    keep(marker, helper->path, program);
  }
  return {};
}

}  // namespace

Result<void> companions(Marker& marker, std::string_view command, const IndexEntry& program) {
  SLIM_TRY(const ElfFile* file, marker.state<Libraries>().elf(marker, program));
  if (file == nullptr) {
    keep_wrapped(marker, command, program);
    return {};
  }
  if (!file->imports) return {};
  if (!names_one(*file->imports, kStarters) && !names_one(*file->imports, kShellStarters)) return {};
  SLIM_TRY(const std::string_view content, program_bytes(marker, program));
  const std::string prefix = std::string(command) + "-";
  std::set<std::string> wanted, places;
  for (const std::string_view filter : kFilters)
    if (has_text(content, filter)) wanted.insert(program_path(marker, filter));
  for (const IndexEntry* beside : marker.index().children(parent_of(program.path)))
    if (name_of(beside->path).starts_with(prefix) && has_text(content, name_of(beside->path)))
      wanted.insert(beside->path);
  for (const std::string_view place : kPlaces) places.merge(built_in_paths(content, place));
  for (const std::string& path : wanted) {
    const rootfs::Resolution found = marker.index().resolve(path);
    if (found.outcome != rootfs::Resolution::Outcome::found || !is_file(*found.entry)) continue;
    if (marker.kept(*found.entry) || found.entry->size <= kLargestCompanion) keep(marker, path, program);
  }
  for (const std::string& place : places) SLIM_CHECK(keep_helpers(marker, place, prefix, program));
  return {};
}

}  // namespace slim::keepset::rules
