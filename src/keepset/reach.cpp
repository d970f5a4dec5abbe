// SPDX-License-Identifier: Apache-2.0
#include "keepset/reach.hpp"

#include <algorithm>

#include "keepset/languages.hpp"
#include "keepset/libraries.hpp"
#include "keepset/programs.hpp"
#include "keepset/shell_source.hpp"
#include "keepset/text.hpp"
#include "slim/base/interpreter.hpp"
#include "slim/base/path.hpp"
#include "slim/trace/call_evidence.hpp"
#include "slim/trace/import_calls.hpp"
#include "slim/trace/script_calls.hpp"

namespace slim::keepset {
namespace {

// Where a process finds its standard streams by name.
constexpr std::string_view kStreams[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/fd/",
                                         "/proc/self/fd/"};
constexpr uint64_t kLargestScript = 1u << 20;

// Libraries that write files for a script which names none: databases, as Python has them built in.
constexpr std::string_view kStores[] = {"libsqlite3.so", "libgdbm", "libdb-"};

ElfFiles kept_elf_files(Marker& marker) {
  ElfFiles files;
  for (const auto& [entry, file] : marker.state<Libraries>().seen())
    if (file && (file->dynamic || file->calls_directly) && marker.kept(*entry))
      files.emplace(entry->path, &*file);
  return files;
}

// The programs that were run and those that may be.
struct Programs {
  ElfFiles files;
  bool are_here = true;  // in the image
  bool tell = true;      // and make no calls in ways that no list of names tells
};

Result<Programs> programs(Marker& marker) {
  Programs found;
  auto& libraries = marker.state<Libraries>();
  for (const trace::ExecUse& exec : marker.trace().execs) {
    const IndexEntry* entry =
        exec.file.empty() ? nullptr : marker.index().find(std::string_view(exec.file).substr(1));
    const ElfFile* file = nullptr;
    if (entry != nullptr && is_file(*entry)) {
      SLIM_TRY(file, libraries.elf(marker, *entry));
    }
    if (file == nullptr)
      found.are_here = false;
    else
      found.files.emplace(entry->path, file);
  }
  for (const auto& [entry, file] : libraries.seen())
    if (file && marker.kept(*entry) && marker.executed(*entry))
      found.files.emplace(entry->path, &*file);
  found.are_here &= !found.files.empty();
  found.tell = found.are_here &&
               std::all_of(found.files.begin(), found.files.end(), [](const auto& program) {
                 const ElfFile& file = *program.second;
                 return file.calls_directly ? file.call_numbers.has_value()
                                            : !file.interpreter.empty();
               });
  return found;
}

// Of the files of which scripts are the only users, those that make calls that no script names.
ElfFiles without_scripts(const ElfFiles& files, const ElfFiles& programs) {
  ElfFiles roots;
  for (const auto& [path, file] : files) {
    const bool is_store = starts_with_one(name_of(path), kStores);
    if (is_store || !script_package_of(path).empty()) roots.emplace(path, file);
  }
  ElfFiles found = loaded_with(roots, files);
  for (const auto& [path, file] : loaded_with(programs, files)) found.erase(path);
  return found;
}

bool files_make(const trace::CallEvidence& call, const Abilities& files) {
  return names_one(files.imports, call.functions) || trace::has_number_of(call, files.call_numbers);
}

bool scripts_make(const trace::CallEvidence& call, const ScriptWords& scripts) {
  if (call.deed == trace::Deed::any && call.words.empty()) return true;
  return names_one(scripts.words, call.words) ||
         names_one(scripts.words, trace::words_of(call.deed)) ||
         (scripts.built_in && names_one(scripts.words, trace::built_in_words_of(call.deed)));
}

// By a look-up, a link, a script or a program that has the name in it.
Result<bool> opens_streams(Marker& marker, const ElfFiles& programs) {
  for (const auto& [path, use] : marker.trace().lookups)
    if (holds_one(path, kStreams)) return true;
  for (const auto& [path, reasons] : marker.kept_paths()) {
    const IndexEntry* entry = marker.index().find(path);
    if (entry == nullptr) continue;
    if (is_symlink(*entry) && !path.starts_with("dev/") && holds_one(entry->target, kStreams)) return true;
    if (!is_file(*entry)) continue;
    const bool is_own = entry->size <= kLargestScript && !is_installed(path);
    const bool is_setting = path.starts_with("etc/") && marker.opened(*entry);
    if (!is_own && !is_setting && !programs.contains(path)) continue;
    SLIM_TRY(const std::string_view content, marker.content(*entry));
    if (holds_one(content, kStreams)) return true;
  }
  return false;
}

// What can be known of calls; false if there is code that does not tell.
Result<bool> add_calls(Marker& marker, const ElfFiles& files, const ElfFiles& programs,
                       std::set<std::string>& reachable) {
  const auto all = abilities_of(files);
  if (!all) return false;
  SLIM_TRY(const auto scripts, script_words(marker));
  const auto native = scripts ? abilities_of(without_scripts(files, programs)) : all;
  for (const trace::CallEvidence& call : trace::call_evidence()) {
    const bool made = native && files_make(call, *native);
    const bool scripted = scripts && files_make(call, *all) && scripts_make(call, *scripts);
    if (made || scripted) reachable.emplace(call.call);
  }
  return true;
}

// Scripts and settings of the distribution are made for every occasion: what they alone name of the
// programs that are there for everybody is not what the image is for.
bool is_named_by_distribution(const IndexEntry& program, const std::set<Reason>& reasons) {
  if (!parent_of(program.path).ends_with("bin")) return false;
  bool named = false;
  for (const Reason& reason : reasons) {
    if (reason.rule != "script-command" && reason.rule != "configured") continue;
    if (!is_installed(std::string_view(reason.because).substr(1))) return false;
    named = true;
  }
  return named;
}

// What a library does with files for a program depends on the program's arguments: one format is written
// in place, another replaces a file.
constexpr std::string_view kOfFiles = "ftruncate link mkdir rename rmdir symlink unlink";

void add_imports_of_libraries(const ElfFile& program, const ElfFiles& files,
                              std::set<std::string>& reachable) {
  const auto of_files = words(kOfFiles);
  for (const auto& [path, library] : needed_by(program, files)) {
    if (!library->imports) continue;
    for (const std::string& call : trace::calls_of_imports(*library->imports))
      if (is_one_of(call, of_files)) reachable.emplace(trace::import_fact(trace::kRun, call));
  }
}

// Another program of the language may have been run, and have shown what its scripts begin with.
void add_beginning(const Marker& marker, std::string_view interpreter, std::set<std::string>& reachable) {
  const Language* language = language_of_program(interpreter);
  if (language == nullptr || is_run_in(marker.trace(), *language)) return;
  for (const std::string& call : trace::calls_of_interpreter(language->interpreter))
    reachable.emplace(trace::import_fact(trace::kNeverRun, call));
}

// Of the programs that were run or may be started some day, what they import themselves. Not of
// interpreters, nor of shells that were run: it is scripts that say what these do.
void add_imports(Marker& marker, const ElfFiles& files, std::set<std::string>& reachable) {
  std::set<std::string_view> run;
  for (const trace::ExecUse& exec : marker.trace().execs) run.insert(exec.file);
  for (const auto& [entry, file] : marker.state<Libraries>().seen()) {
    if (!file || !file->imports || !marker.kept(*entry) || !marker.executed(*entry)) continue;
    const std::string_view name = name_of(entry->path);
    const bool was_run = run.contains(absolute(entry->path));
    if (is_interpreter(name) && !was_run) add_beginning(marker, name, reachable);
    if (is_interpreter(name) || (was_run && is_shell(name))) continue;
    if (is_named_by_distribution(*entry, marker.kept_paths().at(entry->path))) continue;
    for (const std::string& call : trace::calls_of_imports(*file->imports))
      reachable.emplace(trace::import_fact(was_run ? trace::kRun : trace::kNeverRun, call));
    if (was_run) add_imports_of_libraries(*file, files, reachable);
  }
}

// What a library waits for others with, and wakes them. It makes these when it is first used, and
// most end the process if they may not.
constexpr std::string_view kWaiting =
    "epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd2 pipe2 socketpair timerfd_create "
    "timerfd_settime";

// Of native code that scripts load with packages, which they may not have used so far.
void add_waiting(const ElfFiles& files, const ElfFiles& programs,
                 std::set<std::string>& reachable) {
  const auto waiting = words(kWaiting);
  for (const auto& [path, file] : without_scripts(files, programs)) {
    if (!file->imports) continue;
    const auto calls = trace::calls_of_imports(*file->imports);
    for (const std::string_view call : waiting)
      if (calls.contains(std::string(call))) reachable.emplace(trace::import_fact(trace::kNative, call));
  }
}

void add_older(const ElfFiles& files, std::set<std::string>& reachable) {
  for (const auto& [path, file] : files) {
    if (!file->imports) continue;
    for (const std::string& call : trace::calls_of_older_imports(*file->imports))
      reachable.emplace(trace::import_fact(trace::kOlder, call));
  }
}

}  // namespace

bool names_one(const std::set<std::string>& names, std::string_view list) {
  const auto all = words(list);
  return std::any_of(all.begin(), all.end(),
                     [&](std::string_view name) { return names.contains(std::string(name)); });
}

Result<std::set<std::string>> reachable_calls(Marker& marker) {
  std::set<std::string> reachable;
  SLIM_TRY(const Programs run, programs(marker));
  const ElfFiles files = kept_elf_files(marker);
  bool told = run.tell;
  if (told) {
    SLIM_TRY(told, add_calls(marker, files, run.files, reachable));
  }
  if (!told) reachable.emplace(trace::kUntold);
  SLIM_CHECK(add_own_calls(marker, files, reachable));
  add_imports(marker, files, reachable);
  add_waiting(files, run.files, reachable);
  add_older(files, reachable);
  const bool has_store = std::any_of(files.begin(), files.end(), [](const auto& file) {
    return starts_with_one(name_of(file.first), kStores);
  });
  SLIM_CHECK(add_deeds(marker, has_store, reachable));
  SLIM_TRY(const bool streams, opens_streams(marker, run.files));
  if (streams || !run.are_here) reachable.emplace(trace::kNamedStreams);
  return reachable;
}

}  // namespace slim::keepset
