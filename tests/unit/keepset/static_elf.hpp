// SPDX-License-Identifier: Apache-2.0
// A program that is linked statically, in memory.
#pragma once

#include <elf.h>

#include <array>
#include <cstring>
#include <string>

#include "support/elf_header.hpp"

namespace slim::keepset::test {

// With sections for the code, if it has any, and for names, among which there may be one more: a table of
// symbols has the code's text as the name of a function.
inline std::string make_static_elf(const std::string& code, const std::string& section = ".data") {
  std::string names = std::string("\0.text\0.shstrtab\0", 17) + section + '\0';
  const size_t at_symbol = names.size();
  const bool has_symbol = section == ".symtab";
  if (has_symbol) names += code + '\0';
  const size_t at_code = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
  const size_t at_names = at_code + code.size();
  const size_t at_symbols = (at_names + names.size() + 7) / 8 * 8;
  std::array<Elf64_Sym, 2> symbols{};
  symbols[1].st_name = static_cast<Elf64_Word>(at_symbol);
  symbols[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
  symbols[1].st_shndx = 1;
  const size_t at_sections = at_symbols + (has_symbol ? sizeof symbols : 0);
  std::array<Elf64_Shdr, 4> sections{};
  sections[1].sh_name = 1;
  sections[1].sh_type = SHT_PROGBITS;
  sections[1].sh_flags = code.empty() ? 0 : SHF_ALLOC | SHF_EXECINSTR;
  sections[1].sh_offset = at_code;
  sections[1].sh_size = code.size();
  sections[2].sh_name = 7;
  sections[2].sh_type = SHT_STRTAB;
  sections[2].sh_offset = at_names;
  sections[2].sh_size = names.size();
  sections[3].sh_name = 17;
  sections[3].sh_type = has_symbol ? SHT_SYMTAB : SHT_PROGBITS;
  sections[3].sh_offset = has_symbol ? at_symbols : 0;
  sections[3].sh_size = has_symbol ? sizeof symbols : 0;
  sections[3].sh_entsize = sizeof(Elf64_Sym);
  sections[3].sh_addralign = 8;
  sections[3].sh_link = 2;
  Elf64_Phdr segment{};
  segment.p_type = PT_LOAD;
  segment.p_flags = PF_R | PF_X;
  segment.p_offset = at_code;
  segment.p_filesz = segment.p_memsz = code.size();
  Elf64_Ehdr header = slim::test::elf_header(ET_EXEC, EM_X86_64);
  header.e_phnum = 1;
  header.e_shoff = at_sections;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = sections.size();
  header.e_shstrndx = 2;
  std::string bytes(at_sections, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &segment, sizeof segment);
  bytes.replace(at_code, code.size(), code);
  bytes.replace(at_names, names.size(), names);
  if (has_symbol) std::memcpy(bytes.data() + at_symbols, symbols.data(), sizeof symbols);
  return bytes.append(reinterpret_cast<const char*>(sections.data()), sizeof sections);
}

}  // namespace slim::keepset::test
