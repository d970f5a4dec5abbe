// SPDX-License-Identifier: Apache-2.0
// Interpreters that the run did not start, but that a script of the image's own does, or has in its first
// line: what they begin with, and what is named by code that sources in other languages hand to them.
#include <algorithm>
#include <utility>

#include "keepset/languages.hpp"
#include "keepset/libraries.hpp"
#include "keepset/rules.hpp"
#include "keepset/traits.hpp"
#include "slim/base/interpreter.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// Those of which it is known what they need; null where that is nothing.
struct Interpreter {
  std::string_view language;
  Result<void> (*begin)(Marker& marker, const IndexEntry& file);  // its program, or a library of that
  Result<bool> (*take)(Marker& marker, const IndexEntry& by, const InlineSource& source);
};
constexpr Interpreter kInterpreters[] = {{"lua", nullptr, nullptr},
                                         {"node", node_interpreter, node_inline},
                                         {"perl", perl_interpreter, perl_inline},
                                         {"php", nullptr, nullptr},
                                         {"python", python_interpreter, python_inline},
                                         {"ruby", ruby_interpreter, ruby_inline},
                                         {"tclsh", tcl_interpreter, nullptr}};

struct InterpretersState {
  EntrySet done;
};

// Null if the program, by the name of its file, is none of these.
const Interpreter* interpreter_of(std::string_view program) {
  const Language* language = language_of_program(program);
  if (language == nullptr) return nullptr;
  const auto* found = std::find_if(std::begin(kInterpreters), std::end(kInterpreters),
                                   [&](const Interpreter& each) {
                                     return each.language == language->interpreter;
                                   });
  return found == std::end(kInterpreters) ? nullptr : found;
}

// A script that is run by its path is one of the application's own.
void keep_script(Marker& marker, const std::string& path, const IndexEntry& by) {
  const IndexEntry* script = marker.mark_if_there(path, {"inline-source", absolute(by.path)});
  if (script == nullptr || !is_file(*script)) return;
  marker.note_executed(*script);
  marker.note_own(*script);
}

// The program, and the library that it may have all in (libperl.so).
Result<EntrySet> files_of(Marker& marker, const IndexEntry& program) {
  EntrySet files{&program};
  auto& libraries = marker.state<Libraries>();
  SLIM_TRY(const ElfFile* elf, libraries.elf(marker, program));
  if (elf == nullptr) return files;
  for (const std::string& name : elf->needed) {
    if (!is_interpreter(name)) continue;
    SLIM_TRY(const auto paths, libraries.find(marker, name, program, *elf, {}));
    for (const std::string& path : paths) files.insert(marker.index().resolve(path).entry);
  }
  return files;
}

Result<void> begin_new(Marker& marker) {
  auto& done = marker.state<InterpretersState>().done;
  std::vector<std::pair<const Interpreter*, const IndexEntry*>> found;
  for (const std::string& path : marker.executed_paths()) {
    const Interpreter* interpreter = interpreter_of(name_of(path));
    const IndexEntry* program = marker.index().find(path);
    if (interpreter == nullptr || interpreter->begin == nullptr || program == nullptr) continue;
    if (!is_file(*program) || !marker.kept(*program) || !done.insert(program).second) continue;
    if (!is_run_in(marker.trace(), *language_of_program(name_of(path))))
      found.emplace_back(interpreter, program);
  }
  for (const auto& [interpreter, program] : found) {
    SLIM_TRY(const EntrySet files, files_of(marker, *program));
    for (const IndexEntry* file : files) SLIM_CHECK(interpreter->begin(marker, *file));
  }
  return {};
}

}  // namespace

bool knows_interpreter(const Marker& marker, const IndexEntry& program) {
  const Language* language = language_of_program(name_of(program.path));
  return language != nullptr && (interpreter_of(name_of(program.path)) != nullptr ||
                                 is_run_in(marker.trace(), *language));
}

Result<void> interpreters(Marker& marker) {
  SLIM_CHECK(begin_new(marker));
  auto& waiting = marker.state<InlineSources>().waiting;
  for (auto& [by, source] : std::exchange(waiting, {})) {
    const Interpreter* interpreter = interpreter_of(source.program);
    if (!source.script.empty()) keep_script(marker, std::exchange(source.script, {}), *by);
    if (interpreter == nullptr || interpreter->take == nullptr) continue;
    SLIM_TRY(const bool taken, interpreter->take(marker, *by, source));
    if (!taken) waiting.emplace_back(by, std::move(source));
  }
  return {};
}

}  // namespace slim::keepset::rules
