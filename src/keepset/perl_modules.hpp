// SPDX-License-Identifier: Apache-2.0
// The Perl modules of an image: where they are, which have been asked for, and what names the
// application's own sources hold out of which others may be made.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "keepset/marker.hpp"
#include "keepset/traits.hpp"

namespace slim::keepset {

// Whether a path is below a directory of installed modules, not the application's own.
bool perl_is_installed(std::string_view path);

class PerlModules {
 public:
  // The directories of @INC that the image has: where modules that ran were found, where the
  // same names were looked for before, and those that the interpreter brings. Empty when no Perl ran
  // and none is kept to be run.
  Result<const std::set<std::string>*> roots(Marker& marker);
  // Those that an interpreter brings: its program, or a library of that.
  Result<void> add_built_in_roots(Marker& marker, const IndexEntry& program);
  // A directory that a source adds (`use lib`), if it is there.
  bool add_root(const Marker& marker, std::string_view directory);

  // The library that a module is of: Plack for Plack::Request, as there is a Plack.pm, and
  // HTTP::Date for HTTP::Date::X, as HTTP is what many libraries have in common.
  Result<std::string> library_of(Marker& marker, std::string_view module);

  // Keeps a module. `by` is the source that names it. Tools and other systems' modules are kept only
  // where they are needed: `by` is kept and does not load without.
  Result<void> want(Marker& marker, const std::string& module, const IndexEntry& by,
                    bool needed = false);
  // The same for the argument of `require "x.pl"`: in @INC, beside the source, or in the directory
  // that the application was started in.
  Result<void> want_file(Marker& marker, const std::string& name, const IndexEntry& by);

  EntrySet waiting;                                 // sources that came before any interpreter
  EntrySet imported;                                // kept by this rule, for what names them
  EntrySet named;                                   // of these, by sources of a Perl that did not run
  EntrySet plugins;                                 // kept because their name may be made
  std::set<std::string> words;                      // literals of the application's own sources
  std::map<std::string, const IndexEntry*> spaces;  // what names are put after, and who does it
  std::map<std::string, const IndexEntry*> shared;  // directories of File::ShareDir, and for whom

 private:
  Result<void> add_used_roots(Marker& marker);
  Result<void> add_interpreters(Marker& marker);
  void keep_file(Marker& marker, const std::string& path, const IndexEntry& by);

  bool known_ = false;
  bool ran_ = true;      // or its directories are only those of an interpreter that will
  size_t programs_ = 0;  // that are known to be executed
  std::set<std::string> roots_;
  std::set<std::string> wanted_;
};

}  // namespace slim::keepset
