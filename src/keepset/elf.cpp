// SPDX-License-Identifier: Apache-2.0
#include "keepset/elf.hpp"

#include <elf.h>
#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <array>
#include <memory>

#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

struct ElfEnd {
  void operator()(Elf* elf) const { elf_end(elf); }
};
using ElfHandle = std::unique_ptr<Elf, ElfEnd>;

// No real file comes near; a crafted one could make every search take for ever.
constexpr size_t kMostLibraries = 4096;
constexpr size_t kMostDirectories = 1024;

// glibc's functions that are answered by NSS modules.
constexpr std::array<std::string_view, 17> kNameServiceFunctions = {
    "getaddrinfo",   "getgrgid",      "getgrgid_r",     "getgrnam",         "getgrnam_r",
    "getgrouplist",  "gethostbyname", "gethostbyname2", "gethostbyname2_r", "gethostbyname_r",
    "getnameinfo",   "getpwnam",      "getpwnam_r",     "getpwuid",         "getpwuid_r",
    "getservbyname", "initgroups"};

// The bytes of the file that are loaded at an address.
class Loaded {
 public:
  Loaded(Elf* elf, std::string_view bytes) : bytes_(bytes) {
    size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0) return;
    for (size_t i = 0; i < count; ++i) {
      GElf_Phdr header;
      if (gelf_getphdr(elf, static_cast<int>(i), &header) == nullptr) return;
      headers_.push_back(header);
    }
  }

  const std::vector<GElf_Phdr>& headers() const { return headers_; }

  std::string_view at(uint64_t address, uint64_t size) const {
    for (const GElf_Phdr& header : headers_) {
      if (header.p_type != PT_LOAD || address < header.p_vaddr) continue;
      const uint64_t inside = address - header.p_vaddr;
      if (inside >= header.p_filesz || size > header.p_filesz - inside) continue;
      return range(header.p_offset + inside, size);
    }
    return {};
  }

  std::string_view range(uint64_t offset, uint64_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) return {};
    return bytes_.substr(offset, size);
  }

 private:
  std::string_view bytes_;
  std::vector<GElf_Phdr> headers_;
};

// A string of a string table; empty when it is not terminated inside.
std::string_view string_at(std::string_view table, uint64_t offset) {
  if (offset >= table.size()) return {};
  const size_t end = table.find('\0', offset);
  return end == std::string_view::npos ? std::string_view{} : table.substr(offset, end - offset);
}

std::vector<std::string> path_list(std::string_view text) {
  std::vector<std::string> paths;
  for (const std::string_view part : split(text, ':')) paths.emplace_back(part);
  return paths;
}

// The dynamic string table holds the names of all imported (and exported) symbols.
bool names_any(std::string_view table, const auto& functions) {
  for (size_t at = 0; at < table.size();) {
    size_t end = table.find('\0', at);
    if (end == std::string_view::npos) end = table.size();
    const std::string_view name = table.substr(at, end - at);
    if (name.starts_with("get") || name.starts_with("init")) {
      if (std::find(functions.begin(), functions.end(), name) != functions.end()) return true;
    }
    at = end + 1;
  }
  return false;
}

void read_dynamic(Elf* elf, const Loaded& loaded, const GElf_Phdr& header, ElfFile& file) {
  if (loaded.range(header.p_offset, header.p_filesz).empty()) return;
  Elf_Data* data =
      elf_getdata_rawchunk(elf, static_cast<int64_t>(header.p_offset), header.p_filesz, ELF_T_DYN);
  if (data == nullptr) return;
  file.dynamic = true;
  std::vector<uint64_t> needed;
  std::optional<uint64_t> strings, soname, rpath, runpath;
  uint64_t strings_size = 0;
  GElf_Dyn entry;
  for (int i = 0; gelf_getdyn(data, i, &entry) != nullptr && entry.d_tag != DT_NULL; ++i) {
    switch (entry.d_tag) {
      case DT_NEEDED:
        needed.push_back(entry.d_un.d_val);
        break;
      case DT_SONAME:
        soname = entry.d_un.d_val;
        break;
      case DT_RPATH:
        rpath = entry.d_un.d_val;
        break;
      case DT_RUNPATH:
        runpath = entry.d_un.d_val;
        break;
      case DT_STRTAB:
        strings = entry.d_un.d_ptr;
        break;
      case DT_STRSZ:
        strings_size = entry.d_un.d_val;
        break;
      case DT_FLAGS_1:
        file.no_default_directories = (entry.d_un.d_val & DF_1_NODEFLIB) != 0;
        break;
      default:
        break;
    }
  }
  if (!strings) return;
  const std::string_view table = loaded.at(*strings, strings_size);
  for (const uint64_t offset : needed) {
    const std::string_view name = string_at(table, offset);
    if (!name.empty()) file.needed.emplace_back(name);
  }
  if (soname) file.soname = string_at(table, *soname);
  if (runpath) file.runpath = path_list(string_at(table, *runpath));
  // ld.so ignores DT_RPATH where there is a DT_RUNPATH.
  if (rpath && !runpath) file.rpath = path_list(string_at(table, *rpath));
  file.asks_name_service = names_any(table, kNameServiceFunctions);
}

}  // namespace

std::optional<ElfFile> parse_elf(std::string_view bytes) {
  if (bytes.size() < sizeof(Elf32_Ehdr) || !bytes.starts_with(ELFMAG)) return std::nullopt;
  static const unsigned version = elf_version(EV_CURRENT);
  if (version == EV_NONE) return std::nullopt;
  // libelf takes a mutable pointer but does not write to an image that is only read.
  const ElfHandle elf(elf_memory(const_cast<char*>(bytes.data()), bytes.size()));
  GElf_Ehdr header;
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF || gelf_getehdr(elf.get(), &header) == nullptr) {
    return std::nullopt;
  }
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN) return std::nullopt;
  ElfFile file;
  file.bits = gelf_getclass(elf.get()) == ELFCLASS32 ? 32 : 64;
  file.machine = header.e_machine;
  const Loaded loaded(elf.get(), bytes);
  for (const GElf_Phdr& segment : loaded.headers()) {
    if (segment.p_type == PT_INTERP) {
      file.interpreter = string_at(loaded.range(segment.p_offset, segment.p_filesz), 0);
    } else if (segment.p_type == PT_DYNAMIC) {
      read_dynamic(elf.get(), loaded, segment, file);
    }
  }
  if (file.needed.size() > kMostLibraries || file.rpath.size() > kMostDirectories ||
      file.runpath.size() > kMostDirectories) {
    return std::nullopt;
  }
  return file;
}

}  // namespace slim::keepset
