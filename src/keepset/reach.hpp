// SPDX-License-Identifier: Apache-2.0
// Which calls the kept code can make, as far as its files tell.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "keepset/elf.hpp"
#include "keepset/marker.hpp"

namespace slim::keepset {

using ElfFiles = std::map<std::string, const ElfFile*>;  // by index path

// By what files make calls.
struct Abilities {
  std::set<std::string> imports;     // functions of the C library
  std::set<uint32_t> call_numbers;   // without its help
};

// Those of all files, apart from what the C library has for itself and what libraries have for uses
// that no file makes of them. Unset if a file does not tell.
std::optional<Abilities> abilities_of(const ElfFiles& files);

// Those that the linker loads because `user` asks for them itself.
ElfFiles needed_by(const ElfFile& user, const ElfFiles& files);
// The files that are loaded with those of `roots`, themselves included: by DT_NEEDED.
ElfFiles loaded_with(const ElfFiles& roots, const ElfFiles& files);

// The package of a scripting language that a file belongs to, by the directory it is in: "flask" of
// usr/lib/python3/dist-packages/flask/app.py. Empty if it belongs to none.
std::string_view script_package_of(std::string_view path);

// Whether a file belongs to the distribution, or to what was installed like it, by where it is.
bool is_installed(std::string_view path);
// Whether a path leads into one of the directories at the root that every system has for itself, by its
// first component: not those that are there for people to fill (home, media, mnt, opt, srv).
bool is_in_system(std::string_view path);

// The identifiers of a text, those after ".", ":" or "::" also with what is before ("os.replace").
std::set<std::string> identifiers_of(std::string_view text);

// Whether a file is the application's, and no library's.
bool is_of_application(const Marker& marker, const IndexEntry& file);

// Whether a method "replace" is called with one argument, as Python's to rename a file.
bool replaces_files(std::string_view text);

// Whether one of a list, separated by blanks, is among the names.
bool names_one(const std::set<std::string>& names, std::string_view list);

// What the image's own scripts name, and those of packages that they name.
struct ScriptWords {
  std::set<std::string> words;
  bool built_in = false;  // as well as words, built-in functions count: built_in_words_of()
};
// Unset if not all that was run is interpreters of languages whose scripts are text, or if scripts
// are not there to be read.
Result<std::optional<ScriptWords>> script_words(Marker& marker);

// Adds what the image's own scripts say that they do: trace::kStarts, kConnects, kKeepsFiles and kLoops,
// and by kScripted the calls of functions that they name.
// `has_store`: a database's library is there for one that names it.
Result<void> add_deeds(Marker& marker, bool has_store, std::set<std::string>& reachable);

// Adds what servers may do by the functions that they have: their own, of libraries that are no one
// else's (those that the dynamic linker would not find for any program) and, of a program that no package
// brought, of those that it asks for.
Result<void> add_own_calls(Marker& marker, const ElfFiles& files, std::set<std::string>& reachable);

// KeepSet::reachable, once everything is marked.
Result<std::set<std::string>> reachable_calls(Marker& marker);

}  // namespace slim::keepset
