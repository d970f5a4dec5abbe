// SPDX-License-Identifier: Apache-2.0
// What the dynamic linker reads of an ELF file.
#pragma once

#include <cstdint>
#include <optional>
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
};

// nullopt when it is not an ELF file or too damaged to be loaded. Never reads outside `bytes`.
std::optional<ElfFile> parse_elf(std::string_view bytes);

}  // namespace slim::keepset
