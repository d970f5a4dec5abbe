// SPDX-License-Identifier: Apache-2.0
// What the code of servers says that they may do for a visitor who has not come yet.
#include <algorithm>

#include "keepset/libraries.hpp"
#include "keepset/programs.hpp"
#include "keepset/reach.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"
#include "slim/trace/go_calls.hpp"
#include "slim/trace/import_calls.hpp"
#include "slim/trace/own_calls.hpp"

namespace slim::keepset {
namespace {

void add_served(const std::set<std::string>& calls, std::set<std::string>& reachable) {
  for (const std::string& call : calls) reachable.emplace(trace::import_fact(trace::kServes, call));
}

// Go links those functions only that a program can come to, whoever packed it.
Result<void> add_go_calls(Marker& marker, const IndexEntry& program,
                          std::set<std::string>& reachable) {
  SLIM_TRY(const std::string_view content, marker.content(program));
  const auto functions = trace::go_functions_of(content);
  add_served(trace::calls_of_go(functions), reachable);
  if (functions.contains("net.(*Dialer).DialContext")) {
    for (const std::string_view call : {"connect", "getpeername"})
      reachable.emplace(trace::own_fact(call));
  }
  return {};
}

// What comes before main() was seen.
std::set<std::string> without_start(std::set<std::string> imports) {
  imports.erase("__libc_start_main");
  return imports;
}

// What the libraries that it asks for do with files and sockets depends on what it asks of them.
void add_calls_of_libraries(const std::string& path, const ElfFile& program, const ElfFiles& files,
                            std::set<std::string>& reachable) {
  ElfFiles together = needed_by(program, files);
  together.emplace(path, &program);
  if (const auto abilities = abilities_of(together))
    add_served(trace::library_calls_of_imports(abilities->imports), reachable);
}

}  // namespace

Result<void> add_own_calls(Marker& marker, const ElfFiles& files, std::set<std::string>& reachable) {
  auto& libraries = marker.state<Libraries>();
  for (const IndexEntry* server : servers_of(marker)) {
    SLIM_TRY(const ElfFile* program, libraries.elf(marker, *server));
    if (program == nullptr) continue;
    if (program->calls_directly) SLIM_CHECK(add_go_calls(marker, *server, reachable));
    SLIM_TRY(const bool of_image, is_of_image(marker, *server));
    for (const auto& [path, file] : loaded_with({{server->path, program}}, files)) {
      if (!file->imports) continue;
      if (file != program) {
        SLIM_TRY(const bool is_shared, libraries.finds_for_all(marker, parent_of(path), *file));
        if (is_shared) continue;
      }
      for (const trace::OwnCall& own : trace::own_calls())
        if (names_one(*file->imports, own.functions)) reachable.emplace(trace::own_fact(own.call));
      if (of_image) add_served(trace::calls_of_imports(without_start(*file->imports)), reachable);
    }
    if (!of_image) continue;
    add_served(trace::calls_of_imports(program->linked), reachable);
    add_calls_of_libraries(server->path, *program, files, reachable);
  }
  return {};
}

}  // namespace slim::keepset
