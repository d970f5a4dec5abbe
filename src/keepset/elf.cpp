// SPDX-License-Identifier: Apache-2.0
#include "keepset/elf.hpp"

#include <elf.h>
#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <array>
#include <memory>

#include "keepset/elf_calls.hpp"
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
constexpr size_t kMostStrings = 1024;
constexpr size_t kLongestString = 256;

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

// What a file can do, by the names of the symbols that it imports or exports.
struct Abilities {
  bool asks_name_service = false;
  bool opens_libraries = false;
  bool loads_providers = false;
};

Abilities abilities_of(std::string_view table) {
  Abilities abilities;
  for (size_t at = 0; at < table.size();) {
    size_t end = table.find('\0', at);
    if (end == std::string_view::npos) end = table.size();
    const std::string_view name = table.substr(at, end - at);
    at = end + 1;
    if (name.starts_with("get") || name.starts_with("init")) {
      if (is_one_of(name, kNameServiceFunctions)) {
        abilities.asks_name_service = true;
      }
    } else if (name == "dlopen" || name == "dlmopen") {
      abilities.opens_libraries = true;
    } else if (name == "OSSL_PROVIDER_load" || name == "OSSL_PROVIDER_try_load") {
      abilities.loads_providers = true;
    }
  }
  return abilities;
}

// Read-only data; in files of old linkers, which have none apart from code, everything.
void read_library_strings(const Loaded& loaded, ElfFile& file) {
  const auto read_only = [](const GElf_Phdr& header) {
    return header.p_type == PT_LOAD && (header.p_flags & (PF_X | PF_W)) == 0;
  };
  const auto& headers = loaded.headers();
  const bool apart = std::any_of(headers.begin(), headers.end(), read_only);
  for (const GElf_Phdr& header : headers) {
    if (header.p_type != PT_LOAD || (apart && (header.p_flags & PF_X) != 0)) continue;
    find_library_strings(loaded.range(header.p_offset, header.p_filesz), file.library_strings);
  }
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
  const Abilities abilities = abilities_of(table);
  file.asks_name_service = abilities.asks_name_service;
  file.loads_providers = abilities.loads_providers;
  if (abilities.opens_libraries) read_library_strings(loaded, file);
}

// What only section headers tell; the dynamic section does not say how many symbols there are.
struct Sections {
  bool have_code = false;  // unlike those of programs that unpack themselves
  bool of_go = false;
  bool of_others = false;  // what a compiler of C writes for exceptions, and Go's does not
};

// The names of a table of symbols: of those that are here, or that others have.
std::set<std::string> symbols_of(Elf* elf, Elf_Scn* section, const GElf_Shdr& header, bool defined) {
  std::set<std::string> names;
  Elf_Data* data = elf_getdata(section, nullptr);
  GElf_Sym symbol;
  for (int i = 1; data != nullptr && gelf_getsym(data, i, &symbol) != nullptr; ++i) {
    if ((symbol.st_shndx != SHN_UNDEF) != defined) continue;
    if (defined && GELF_ST_BIND(symbol.st_info) == STB_LOCAL) continue;
    const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
    // Those with "_" are C++'s, or the C library's for itself.
    if (name != nullptr && *name != 0 && (!defined || *name != '_')) names.emplace(name);
  }
  return names;
}

Sections read_sections(Elf* elf, ElfFile& file) {
  Sections found;
  size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return found;
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr;
       section = elf_nextscn(elf, section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) return found;
    const char* text = elf_strptr(elf, names, header.sh_name);
    const std::string_view name = text == nullptr ? "" : text;
    if (name == ".go.buildinfo") found.of_go = true;
    if (name == ".eh_frame") found.of_others = true;
    if ((header.sh_flags & SHF_EXECINSTR) != 0) found.have_code = true;
    if (header.sh_type == SHT_DYNSYM) file.imports = symbols_of(elf, section, header, false);
    if (header.sh_type == SHT_SYMTAB) file.linked = symbols_of(elf, section, header, true);
  }
  return found;
}

void read_calls(const Loaded& loaded, const Sections& sections, ElfFile& file) {
  const bool asks_others = file.imports && !file.imports->empty();
  const bool is_static = file.interpreter.empty() && file.needed.empty() && !asks_others;
  file.calls_directly = is_static || sections.of_go;
  if (!is_static || sections.of_go) file.linked.clear();
  if (!file.calls_directly || file.machine != EM_X86_64 || !sections.have_code) return;
  file.call_numbers.emplace();
  for (const GElf_Phdr& segment : loaded.headers()) {
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    find_call_numbers(loaded.range(segment.p_offset, segment.p_filesz),
                      {sections.of_go, !sections.of_go || sections.of_others}, *file.call_numbers);
  }
}

}  // namespace

namespace {

bool is_library_name(std::string_view name) {
  const size_t so = name.find(".so");
  if (!name.starts_with("lib") || so == std::string_view::npos || so <= 3) return false;
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '-' || c == '.';
  };
  const std::string_view stem = name.substr(0, so), version = name.substr(so + 3);
  return std::all_of(stem.begin(), stem.end(), plain) &&
         version.find_first_not_of(".0123456789") == std::string_view::npos &&
         (version.empty() || (version.starts_with('.') && !version.ends_with('.')));
}

}  // namespace

void find_library_strings(std::string_view data, std::set<std::string>& found) {
  for (size_t at = data.find(".so"); at != std::string_view::npos && found.size() < kMostStrings;) {
    const size_t end = std::min(data.find('\0', at), data.size());
    const size_t nul = data.rfind('\0', at);
    const size_t begin = nul == std::string_view::npos ? 0 : nul + 1;
    const std::string_view text = data.substr(begin, end - begin);
    if (text.size() <= kLongestString && (text.starts_with('/') || text.starts_with("lib"))) {
      const std::string_view name = text.substr(text.rfind('/') + 1);
      if (is_library_name(name)) found.emplace(text);
    }
    at = data.find(".so", end);
  }
}

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
  read_calls(loaded, read_sections(elf.get(), file), file);
  return file;
}

}  // namespace slim::keepset
