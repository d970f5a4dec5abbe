// SPDX-License-Identifier: Apache-2.0
#include "keepset/machine_texts.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

constexpr size_t kShortest = 2, kLongest = 4096;
// Bytes of instructions: how far from the load of a text's address its length is, and how long it takes
// to load what a function is called with.
constexpr size_t kBefore = 8, kAfter = 24, kArguments = 256;
constexpr size_t kLea = 7;

// Names in Go's table of those that start programs.
constexpr std::string_view kStarters[] = {"os.StartProcess", "os/exec.Command", "os/exec.CommandContext",
                                          "os/exec.LookPath", "syscall.Exec", "syscall.ForkExec",
                                          "syscall.StartProcess"};
// Of these, those that call each other.
constexpr std::string_view kStartersPackages[] = {"os.", "os/exec.", "syscall."};

template <typename Number>
std::optional<Number> number_at(std::string_view bytes, uint64_t at) {
  if (at > bytes.size() || bytes.size() - at < sizeof(Number)) return std::nullopt;
  Number number;
  std::memcpy(&number, bytes.data() + at, sizeof(number));
  return number;
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= ' ' && c <= '~') || c == '\t' || c == '\n'; });
}

// What is loaded of a 64-bit ELF file, for a machine or for any.
std::vector<Elf64_Phdr> segments_of(std::string_view bytes, std::optional<Elf64_Half> machine) {
  std::vector<Elf64_Phdr> segments;
  const auto header = number_at<Elf64_Ehdr>(bytes, 0);
  if (!header || !bytes.starts_with(ELFMAG) || header->e_ident[EI_CLASS] != ELFCLASS64 ||
      header->e_machine != machine.value_or(header->e_machine))
    return segments;
  for (uint16_t i = 0; i < header->e_phnum; ++i) {
    const auto segment = number_at<Elf64_Phdr>(bytes, header->e_phoff + i * sizeof(Elf64_Phdr));
    if (segment && segment->p_type == PT_LOAD && segment->p_offset <= bytes.size())
      segments.push_back(*segment);
  }
  return segments;
}

// The segments of an x86-64 program.
class Program {
 public:
  explicit Program(std::string_view bytes)
      : bytes_(bytes), segments_(segments_of(bytes, EM_X86_64)) {}

  const std::vector<Elf64_Phdr>& segments() const { return segments_; }

  std::string_view content(const Elf64_Phdr& segment) const {
    return bytes_.substr(segment.p_offset, segment.p_filesz);
  }

  // What is at an address and after it.
  std::string_view from(uint64_t address) const {
    for (const Elf64_Phdr& segment : segments_) {
      if (address < segment.p_vaddr || address - segment.p_vaddr >= segment.p_filesz) continue;
      const std::string_view all = content(segment);
      return all.substr(std::min<uint64_t>(address - segment.p_vaddr, all.size()));
    }
    return {};
  }

 private:
  std::string_view bytes_;
  std::vector<Elf64_Phdr> segments_;
};

// "lea register, [rip + distance]".
bool is_load(std::string_view code, size_t at) {
  return (code[at] == '\x48' || code[at] == '\x4c') && code[at + 1] == '\x8d' &&
         (static_cast<uint8_t>(code[at + 2]) & 0xc7) == 0x05;
}

// What the instruction at a place of code loads the address of; the code is at `address`.
std::string_view loaded_at(const Program& program, uint64_t address, std::string_view code, size_t at) {
  const auto distance = number_at<int32_t>(code, at + 3);
  if (!distance || !is_load(code, at)) return {};
  return program.from(address + at + kLea + static_cast<uint64_t>(int64_t{*distance}));
}

// The texts of which the address is loaded there, by every number nearby that can be the length.
void add_texts_at(const Program& program, uint64_t address, std::string_view code, size_t at,
                  std::set<std::string_view>& found) {
  const std::string_view target = loaded_at(program, address, code, at);
  if (target.empty()) return;
  const size_t begin = at - std::min(at, kBefore), end = std::min(at + kLea + kAfter, code.size());
  for (size_t place = begin; place + sizeof(uint32_t) <= end; ++place) {
    if (place + sizeof(uint32_t) > at && place < at + kLea) continue;
    const uint32_t length = *number_at<uint32_t>(code, place);
    if (length < kShortest || length > kLongest || length > target.size()) continue;
    const std::string_view text = target.substr(0, length);
    if (is_printable(text)) found.insert(text);
  }
}

void add_texts_of(const Program& program, uint64_t address, std::string_view code, size_t begin,
                  size_t end, std::set<std::string_view>& found) {
  for (size_t at = begin; at + kLea <= end; ++at)
    add_texts_at(program, address, code, at, found);
}

// Go's table of functions (cmd/link/internal/ld/pcln.go), as it is from 1.18 on.
class GoTable {
 public:
  explicit GoTable(std::string_view program) {
    for (const std::string_view magic : {std::string_view("\xf1\xff\xff\xff\0\0\1\x08", 8),
                                         std::string_view("\xf0\xff\xff\xff\0\0\1\x08", 8)}) {
      const size_t at = program.find(magic);
      if (at == std::string_view::npos) continue;
      read(program.substr(at));
      return;
    }
  }

  // Where they begin, and the names.
  const std::map<uint64_t, std::string_view>& functions() const { return functions_; }

 private:
  void read(std::string_view table) {
    const auto count = number_at<uint64_t>(table, 8), text = number_at<uint64_t>(table, 24);
    const auto names = number_at<uint64_t>(table, 32), lines = number_at<uint64_t>(table, 64);
    if (!lines || *text == 0 || *names > table.size() || *lines > table.size()) return;
    const std::string_view all_names = table.substr(*names), all = table.substr(*lines);
    for (uint64_t i = 0; i < std::min<uint64_t>(*count, all.size() / 8); ++i) {
      const auto entry = number_at<uint32_t>(all, i * 8), function = number_at<uint32_t>(all, i * 8 + 4);
      const auto name = number_at<uint32_t>(all, uint64_t{function.value_or(UINT32_MAX)} + 4);
      if (!name || *name > all_names.size()) continue;
      const std::string_view rest = all_names.substr(*name);
      functions_.emplace(*text + *entry, rest.substr(0, rest.find('\0')));
    }
  }

  std::map<uint64_t, std::string_view> functions_;
};

// Looks at all calls of some functions; adds those to `wrappers` that make one without a text.
void add_texts_of_calls(const Program& program, const GoTable& table, const std::set<uint64_t>& called,
                        std::set<uint64_t>& wrappers, std::set<std::string_view>& found) {
  for (const Elf64_Phdr& segment : program.segments()) {
    if ((segment.p_flags & PF_X) == 0) continue;
    const std::string_view code = program.content(segment);
    for (size_t at = code.find('\xe8'); at != std::string_view::npos; at = code.find('\xe8', at + 1)) {
      const auto distance = number_at<int32_t>(code, at + 1);
      const uint64_t place = segment.p_vaddr + at;
      if (!distance || !called.contains(place + 5 + static_cast<uint64_t>(int64_t{*distance}))) continue;
      const auto after = table.functions().upper_bound(place);
      if (after == table.functions().begin()) continue;
      const auto& [begin, name] = *std::prev(after);
      if (begin < segment.p_vaddr || starts_with_one(name, kStartersPackages)) continue;
      std::set<std::string_view> texts;
      const size_t first = std::max<size_t>(begin - segment.p_vaddr, at - std::min(at, kArguments));
      add_texts_of(program, segment.p_vaddr, code, first, at, texts);
      if (texts.empty()) wrappers.insert(begin);
      found.insert(texts.begin(), texts.end());
    }
  }
}

void add_terminated(std::string_view text, std::set<std::string_view>& found) {
  text = text.substr(0, text.find('\0'));
  if (text.size() >= kShortest && text.size() <= kLongest && is_printable(text)) found.insert(text);
}

}  // namespace

std::string_view loaded_part(std::string_view file) {
  uint64_t end = 0;
  for (const Elf64_Phdr& segment : segments_of(file, std::nullopt))
    end = std::max(end, segment.p_offset + std::min<uint64_t>(segment.p_filesz, file.size()));
  return end == 0 ? file : file.substr(0, end);
}

std::set<std::string_view> terminated_texts(std::string_view bytes) {
  std::set<std::string_view> found;
  for (size_t at = 0; at < bytes.size();) {
    const size_t end = std::min(bytes.find('\0', at), bytes.size());
    add_terminated(bytes.substr(at, end - at), found);
    at = end + 1;
  }
  const Program program(bytes);
  // A text may be the end of another.
  for (const Elf64_Phdr& segment : program.segments()) {
    const std::string_view code = program.content(segment);
    for (size_t at = 0; (segment.p_flags & PF_X) != 0 && at + kLea <= code.size(); ++at)
      add_terminated(loaded_at(program, segment.p_vaddr, code, at).substr(0, kLongest + 1), found);
  }
  return found;
}

std::set<std::string_view> loaded_texts(std::string_view bytes) {
  std::set<std::string_view> found;
  const Program program(bytes);
  for (const Elf64_Phdr& segment : program.segments()) {
    const std::string_view code = program.content(segment);
    if ((segment.p_flags & PF_X) != 0)
      add_texts_of(program, segment.p_vaddr, code, 0, code.size(), found);
  }
  return found;
}

std::set<std::string_view> started_texts_of_go(std::string_view bytes) {
  std::set<std::string_view> found;
  const GoTable table(bytes);
  std::set<uint64_t> called, wrappers, none;
  for (const auto& [address, name] : table.functions())
    if (is_one_of(name, kStarters)) called.insert(address);
  if (called.empty()) return found;
  const Program program(bytes);
  add_texts_of_calls(program, table, called, wrappers, found);
  if (!wrappers.empty()) add_texts_of_calls(program, table, wrappers, none, found);
  return found;
}

}  // namespace slim::keepset
