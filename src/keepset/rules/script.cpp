// SPDX-License-Identifier: Apache-2.0
// A shell script that ran takes another branch the next time: a volume is empty and has to be given
// to a user, a configuration is missing. The programs that it names are kept, and those that the
// application's sources in other languages, or its compiled programs, start.
#include <algorithm>

#include "keepset/beam_module.hpp"
#include "keepset/java_archive.hpp"
#include "keepset/libraries.hpp"
#include "keepset/machine_texts.hpp"
#include "keepset/makefile_source.hpp"
#include "keepset/packages.hpp"
#include "keepset/plugins.hpp"
#include "keepset/programs.hpp"
#include "keepset/reach.hpp"
#include "keepset/rules.hpp"
#include "keepset/shebang.hpp"
#include "keepset/shell_source.hpp"
#include "keepset/started.hpp"
#include "keepset/tcl_source.hpp"
#include "keepset/text.hpp"
#include "keepset/traits.hpp"
#include "slim/base/interpreter.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kLargestScript = 256u << 10;
// Of programs, as the image's own scripts name them and those that the distribution brings, which
// are made for every occasion.
constexpr uint64_t kLargestOwn = 16u << 20;
constexpr uint64_t kLargestForeign = 1u << 20;

// Of one that is named by a word of compiled code, which may have another meaning: with its libraries.
constexpr uint64_t kLargestGuess = 16u << 20;

struct Naming {
  const IndexEntry* script;
  bool is_guess;
};

struct ScriptState {
  // Programs that scripts name.
  std::map<std::string, Naming> named;
  std::set<std::string> done;
};

bool is_foreign(std::string_view path) {
  for (const std::string_view directory : {"bin/", "etc/", "lib/", "sbin/", "usr/"}) {
    if (path.starts_with(directory)) return !path.starts_with("usr/local/");
  }
  return false;
}

// Whether a program is worth keeping for a script that may call it.
Result<bool> is_wanted(Marker& marker, const IndexEntry& program, bool foreign) {
  if (is_interpreter(name_of(program.path))) return !foreign && knows_interpreter(marker, program);
  if (program.size > (foreign ? kLargestForeign : kLargestOwn)) return false;
  SLIM_TRY(const std::string_view content, marker.content(program));
  const auto line = shebang_of(content);
  if (!line || is_shell(line->name())) return true;
  const std::string path = program_path(marker, line->program);
  if (path.empty()) return false;
  const rootfs::Resolution found = marker.index().resolve(path);
  if (found.outcome != rootfs::Resolution::Outcome::found) return false;
  return marker.kept(*found.entry) || (!foreign && knows_interpreter(marker, *found.entry));
}

bool is_crontab(std::string_view path) {
  return path == "etc/crontab" || path.starts_with("etc/cron.d/") ||
         path.starts_with("var/spool/cron/");
}

// Whether one of them is a program.
bool note_programs(Marker& marker, const IndexEntry& script, const std::set<std::string>& names,
                   bool is_guess = false) {
  auto& state = marker.state<ScriptState>();
  bool found = false;
  for (const std::string& name : names) {
    const std::string path = program_path(marker, name);
    if (path.empty()) continue;
    auto& naming = state.named.emplace(path, Naming{&script, is_guess}).first->second;
    if (naming.is_guess && !is_guess) naming = {&script, false};
    found = true;
  }
  return found;
}

void note_inline(Marker& marker, const IndexEntry& script, std::string_view text) {
  for (InlineSource& source : inline_sources_of(text))
    marker.state<InlineSources>().waiting.emplace_back(&script, std::move(source));
}

struct Source {
  std::string_view ending;
  bool backticks;  // start a program
};
constexpr Source kSources[] = {
    {".py", false}, {".js", false}, {".mjs", false}, {".cjs", false}, {".rb", true},
    {".ru", true},  {".pl", true},  {".pm", true},   {".psgi", true}, {".cgi", true},
    {".php", true}, {".lua", false}, {".R", false},  {".r", false},   {".tcl", false},
    {".erl", false}, {".escript", false}, {".ex", false},  {".exs", false}, {".scm", false}};

// What is in commands and paths, and in few sentences that begin with a program's name.
constexpr std::string_view kOfCommands[] = {" -", "/", "|", ">", "<", "&&"};
// A variable that Rust's library looks at.
constexpr std::string_view kRust = "RUST_BACKTRACE";

std::string_view after_separators(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t|&;"), text.size()));
}

}  // namespace

Result<void> script_commands(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || entry.size > kLargestScript) return {};
  // One of the image's own that is there to be executed may be executed next: a hook, a job, a page. They
  // have places among the distribution's (/usr/lib/cgi-bin).
  bool own = (entry.mode & 0111) != 0;
  if (own && is_foreign(entry.path)) {
    SLIM_TRY(const auto* packages, PackageDatabase::of(marker));
    own = !packages->empty() && packages->owners(entry).empty();
  }
  if (!own && !marker.executed(entry) && !marker.opened(entry)) return {};
  SLIM_TRY(const std::string_view text, marker.content(entry));
  const auto line = shebang_of(text);
  if (line ? !is_shell(line->name()) : !entry.path.ends_with(".sh")) return {};
  note_programs(marker, entry, shell_commands_of(text));
  if (own && !is_foreign(entry.path)) note_inline(marker, entry, text);
  return {};
}

Result<void> java_commands(Marker& marker, const IndexEntry& entry) {
  if (!marker.own(entry)) return {};
  SLIM_TRY(const JavaArchive* archive, marker.state<JavaArchives>().read(marker, entry));
  if (archive == nullptr) return {};
  for (const std::string& command : archive->commands) {
    std::set<std::string> programs = shell_commands_of(command);
    programs.insert(command);  // a word of its own
    note_programs(marker, entry, programs);
  }
  return {};
}

// Of Erlang's own libraries, those that look for a program; which os.beam does for others.
Result<void> beam_commands(Marker& marker, const IndexEntry& entry) {
  constexpr std::string_view kStarts[] = {"cmd", "find_executable", "open_port", "shell"};
  constexpr std::string_view kLooks[] = {"find_executable"};
  if (!is_file(entry) || !entry.path.ends_with(".beam") || name_of(entry.path) == "os.beam") return {};
  SLIM_TRY(const std::string_view bytes, marker.content(entry));
  const auto module = beam_module_of(bytes);
  if (!module) return {};
  const bool own = marker.own(entry);
  if (own ? !holds_one(module->atoms, kStarts) : !holds_one(module->atoms, kLooks)) return {};
  for (const std::string& text : module->strings) {
    std::set<std::string> programs;
    if (own) programs = shell_commands_of(text);
    if (note_programs(marker, entry, programs) && text.find(' ') != std::string::npos)
      note_programs(marker, entry, {"/bin/sh"});
    note_programs(marker, entry, {text});
  }
  return {};
}

Result<void> started_commands(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || entry.size > kLargestScript || !marker.own(entry)) return {};
  const auto* source = std::find_if(std::begin(kSources), std::end(kSources), [&](const Source& each) {
    return entry.path.ends_with(each.ending);
  });
  if (source == std::end(kSources)) return {};
  SLIM_TRY(const std::string_view text, marker.content(entry));
  if (entry.path.ends_with(".tcl")) note_programs(marker, entry, tcl_commands_of(text));
  note_inline(marker, entry, text);
  using Shell = StartedCommand::Shell;
  for (const StartedCommand& started : started_commands_of(text, source->backticks)) {
    const bool found = note_programs(marker, entry, started.programs);
    if (started.shell == Shell::always || (found && started.shell == Shell::if_found))
      note_programs(marker, entry, {"/bin/sh"});
  }
  return {};
}

Result<void> compiled_commands(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !marker.executed(entry)) return {};
  SLIM_TRY(const bool own, is_of_image(marker, entry));
  if (!own) return {};
  SLIM_TRY(const ElfFile* file, marker.state<Libraries>().elf(marker, entry));
  if (file == nullptr) return {};
  SLIM_TRY(const std::string_view content, program_bytes(marker, entry));
  const std::set<std::string_view> started = started_texts_of_go(content);
  std::set<std::string_view> texts = started;
  const std::set<std::string>& functions = file->imports ? *file->imports : file->linked;
  const bool with_shell = names_one(functions, kShellStarters);
  if (with_shell || names_one(functions, kStarters)) {
    texts.merge(terminated_texts(content));
    if (content.find(kRust) != std::string_view::npos) texts.merge(loaded_texts(content));
  }
  const bool asks_shell = with_shell || texts.contains("-c");
  for (const std::string_view text : texts) {
    const size_t blank = text.find_first_of(" \t\n");
    const std::string first(text.substr(0, blank));
    const bool is_certain = started.contains(text) || holds_one(text, kOfCommands);
    if (blank == std::string_view::npos)
      note_programs(marker, entry, {first}, !is_certain);
    else if ((asks_shell || is_certain) && !program_path(marker, first).empty())
      note_programs(marker, entry, shell_commands_of(text), !is_certain);
    else if (asks_shell && is_certain)  // "cd %s && pack", or the rest of a command that is put together
      note_programs(marker, entry, shell_commands_of(after_separators(text)), true);
  }
  if (with_shell) note_programs(marker, entry, {"/bin/sh"});
  return {};
}

// crontab(5): what is started at times of which the run was none.
Result<void> crontab_commands(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !is_crontab(entry.path) || !marker.opened(entry)) return {};
  SLIM_TRY(const std::string_view text, marker.text(entry));
  const bool names_user = entry.path.starts_with("etc/");
  for (const std::string_view line : lines(text))
    note_programs(marker, entry, shell_commands_of(crontab_command_of(line, names_user)));
  return {};
}

// make(1): of one that was read, the commands for targets of which the run made others.
Result<void> makefile_commands(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || entry.size > kLargestScript || !marker.opened(entry)) return {};
  if (!is_makefile(name_of(entry.path))) return {};
  SLIM_TRY(const std::string_view text, marker.text(entry));
  note_programs(marker, entry, shell_commands_of(makefile_commands_of(text)));
  return {};
}

// Once it is known which interpreters stay.
Result<void> script_programs(Marker& marker) {
  auto& state = marker.state<ScriptState>();
  for (const auto& [path, naming] : state.named) {
    if (state.done.contains(path)) continue;
    const IndexEntry& program = *marker.index().resolve(path).entry;
    // A guess is not enough for an interpreter.
    const bool foreign = is_foreign(naming.script->path) ||
                         (naming.is_guess && is_interpreter(name_of(program.path)));
    SLIM_TRY(const bool wanted, is_wanted(marker, program, foreign));
    if (!wanted) continue;
    SLIM_TRY(const ElfFile* file, marker.state<Libraries>().elf(marker, program));
    if (naming.is_guess && file != nullptr) {
      SLIM_TRY(const auto added, added_with(marker, program));
      if (!added || bytes_of(*added) > kLargestGuess) continue;
    }
    state.done.insert(path);
    marker.note_executed(program);
    if (!naming.is_guess) marker.note_command(name_of(path));
    marker.mark_path(path, {"script-command", absolute(naming.script->path)});
    if (!naming.is_guess && !foreign) SLIM_CHECK(companions(marker, name_of(path), program));
  }
  return {};
}

}  // namespace slim::keepset::rules
