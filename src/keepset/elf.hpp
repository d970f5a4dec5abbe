// SPDX-License-Identifier: Apache-2.0
// What the dynamic linker reads of an ELF file.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slim::keepset {

struct ElfFile {
  int bits = 0;             // 32 or 64
  uint16_t machine = 0;     // EM_*
  bool dynamic = false;     // has a dynamic section
  std::string interpreter;  // PT_INTERP
  std::string soname;
  std::vector<std::string> needed;
  std::vector<std::string> rpath, runpath;  // already split, with $ORIGIN and the like unexpanded
  bool no_default_directories = false;      // DF_1_NODEFLIB
  bool asks_name_service = false;           // imports functions that read nsswitch.conf
  bool loads_providers = false;             // has OpenSSL's function for that
  // Of a file that can call dlopen(3): its strings that look like what is given to it, names
  // (libz.so.1) and absolute paths.
  std::set<std::string> library_strings;
  // Names that it has from other files; unset if no section lists them.
  std::optional<std::set<std::string>> imports;
  // Of one that is linked statically and not stripped: the functions of C in it, by their names.
  std::set<std::string> linked;
  // Makes system calls without a C library: as Go's programs do, and those that are linked statically.
  bool calls_directly = false;
  // The numbers of the calls that such a file can make; unset if that is not known.
  std::optional<std::set<uint32_t>> call_numbers;
};

// nullopt when it is not an ELF file or too damaged to be loaded. Never reads outside `bytes`.
std::optional<ElfFile> parse_elf(std::string_view bytes);

// Adds the strings of `data`, each between two NULs, that are lib*.so[.N]*, with or without an
// absolute directory before it.
void find_library_strings(std::string_view data, std::set<std::string>& found);

}  // namespace slim::keepset
