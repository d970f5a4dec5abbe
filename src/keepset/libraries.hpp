// SPDX-License-Identifier: Apache-2.0
// Finds shared libraries the way the dynamic linkers do: ld.so(8) of glibc, and musl's.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "keepset/elf.hpp"
#include "keepset/marker.hpp"

namespace slim::keepset {

class Libraries {
 public:
  // What the file holds for the dynamic linker; null if it is not ELF.
  Result<const ElfFile*> elf(Marker& marker, const IndexEntry& entry);

  // Where a DT_NEEDED name of `file` (at `entry`) leads, as paths that exist and fit its machine:
  // the one that is found first, and its variants for other CPUs (glibc-hwcaps). Empty when there
  // is none. `inherited` are the DT_RPATHs of the files that loaded this one.
  Result<std::vector<std::string>> find(Marker& marker, const std::string& name,
                                        const IndexEntry& entry, const ElfFile& file,
                                        const std::vector<std::string>& inherited);

  // Whether a path leads to an ELF file of the same class and machine.
  Result<bool> fits(Marker& marker, const std::string& path, const ElfFile& wanted);

  // Whether the linker searches a directory (of the index) for whichever program of the file's machine.
  Result<bool> finds_for_all(Marker& marker, std::string_view directory, const ElfFile& file);

  // A file's own search directories with $ORIGIN, $LIB and $PLATFORM replaced.
  static std::vector<std::string> expand(const std::vector<std::string>& paths,
                                         const IndexEntry& entry, const ElfFile& file);

  // All entries that were looked at so far; without a value those that are not ELF.
  const std::unordered_map<const IndexEntry*, std::optional<ElfFile>>& seen() const {
    return parsed_;
  }

  // Names that were not found, and who needs them.
  std::map<std::string, std::set<const IndexEntry*>> unresolved;
  // (file, inherited paths) pairs that were followed.
  std::set<std::pair<const IndexEntry*, std::vector<std::string>>> followed;

 private:
  Result<void> read_configuration(Marker& marker);
  Result<void> read_ld_so_conf(Marker& marker, const std::string& path, unsigned depth);
  std::vector<std::string> default_directories(const ElfFile& file) const;
  std::vector<std::string> directories_for_all(const ElfFile& file) const;

  bool configured_ = false;
  std::vector<std::string> configured_directories_;  // of ld.so.conf
  std::vector<std::string> musl_directories_;
  std::set<std::string> read_configurations_;
  size_t includes_ = 0;
  std::unordered_map<const IndexEntry*, std::optional<ElfFile>> parsed_;
};

}  // namespace slim::keepset
