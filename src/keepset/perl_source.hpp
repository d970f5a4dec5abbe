// SPDX-License-Identifier: Apache-2.0
// What a Perl source loads by name, and where Perl looks for it (perlfunc: use, require, do).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slim::keepset {

struct PerlName {
  enum class Kind {
    module,  // use and require of a bare name, the list of `use parent` and `use base`
    file,    // require and do of a literal: "lib/x.pl", searched in @INC
    named,   // any other literal that is a module's name with at least two parts, 'Plack::Request'
    space,   // what a name is put after at run time: "Plack::Middleware::$name" has
             // Plack::Middleware
    word,  // any other literal without blanks, and its parts: 'dbi:SQLite:x' has dbi, SQLite and x
  };
  enum class When {
    loaded,    // when the source is
    called,    // a `require` that does not begin its line: in a sub
    optional,  // the same in an eval: an alternative, or something that may be missing
  };
  Kind kind = Kind::module;
  std::string name;
  When when = When::loaded;
  friend bool operator==(const PerlName&, const PerlName&) = default;
};

// The literal names in a source: what `use`, `require` and `do` name first, then the others, each
// once. Tolerant: comments, POD and what follows __END__ are left out.
std::vector<PerlName> perl_names_of(std::string_view source);

// What the interpreter loads by itself for what a source has in it: files' names that patterns match,
// layers of files that convert characters, what a match has named.
std::vector<std::string> perl_modules_of_syntax(std::string_view source);

// The directories that it adds to @INC by their absolute path: `use lib "/usr/share/x"`.
std::vector<std::string> perl_directories_of(std::string_view source);

// "Plack/Middleware/Static.pm" for Plack::Middleware::Static.
std::string perl_file_of(std::string_view module);

// The directory of @INC that a module file was found in: the path without the file name of the
// first package that the source declares. Empty if the path does not end so.
std::string perl_root_of(std::string_view path, std::string_view source);

}  // namespace slim::keepset
