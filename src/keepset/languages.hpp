// SPDX-License-Identifier: Apache-2.0
// Scripting languages: by what names their programs and scripts go, and how a script says what it does.
#pragma once

#include <set>
#include <span>
#include <string_view>

#include "slim/trace/trace.hpp"

namespace slim::keepset {

// Lists are separated by blanks. Words for deeds are given where the language has functions of its own
// for them; they may be common words, so they count in its scripts only.
struct Language {
  // Whether all that its programs run is there as text, so that words that are missing tell, too.
  enum class Scripts { text, compiled };

  std::string_view interpreter;  // how the names of its programs begin
  std::string_view endings;      // of the names of its scripts, or of what is compiled of them
  Scripts scripts;
  bool built_in;  // see trace::built_in_words_of()
  std::string_view programs, network, files;  // words that start programs, connect, keep files
  std::string_view loops = {};  // waits for many at once

  bool is_run_by(std::string_view program) const;  // by the name of its file
  bool is_in(std::string_view library) const;      // likewise: libpython3.11.so.1.0, libphp8.2.so
  bool has_script(std::string_view path) const;
};

std::span<const Language> languages();
// Null if the program, by the name of its file, runs none of these.
const Language* language_of_program(std::string_view program);

// Those whose programs were run, or that are built in.
std::set<const Language*> languages_in_use(const trace::Trace& trace);
// Whether a program of it was run.
bool is_run_in(const trace::Trace& trace, const Language& language);
// Those that programs of other names have in them, by a library: a web server runs pages in PHP or Lua.
std::set<const Language*> languages_built_in(const trace::Trace& trace);

}  // namespace slim::keepset
