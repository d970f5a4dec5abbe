// SPDX-License-Identifier: Apache-2.0
// The header that ELF files made by tests begin with.
#pragma once

#include <elf.h>

#include <cstring>

namespace slim::test {

// Of 64 bits and little-endian, with the program headers, however many, right after it.
inline Elf64_Ehdr elf_header(uint16_t type, uint16_t machine) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = type;
  header.e_machine = machine;
  header.e_version = EV_CURRENT;
  header.e_phoff = sizeof header;
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  return header;
}

}  // namespace slim::test
