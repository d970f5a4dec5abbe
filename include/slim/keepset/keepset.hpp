// SPDX-License-Identifier: Apache-2.0
// Which entries of an image stay, and why. Pure functions over values: no system calls.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "slim/base/fd.hpp"
#include "slim/rootfs/index.hpp"
#include "slim/trace/trace.hpp"

namespace slim::keepset {

// Why a path is kept: the rule's name and what led to it.
//   from the run   observed (how it was accessed), lookup and exec (the path as it was written),
//                  root (the image's config names it)
//   structure      directory (what is in it), symlink (what it leads to, or who passed it)
//   closure        elf-interpreter, elf-needed, dlopen, shebang, identity, name-service, trust,
//                  localtime, python-bytecode, python-source, python-metadata, python-data,
//                  python-import, python-package, python-encoding, python-program, node-package,
//                  node-import, ruby-gem, ruby-require, ruby-encoding, ruby-data, perl-require,
//                  perl-include, perl-object, perl-data, php-settings, php-extension, php-package,
//                  php-class, php-include, java-runtime, lua-require, tcl-package, tcl-library,
//                  tcl-source, tcl-table, guile-module, mono-assembly, mono-library, r-package,
//                  erlang-application, gconv, locale, language, translation, time-zones,
//                  application, program-data, program-copy, listed, configured, environment,
//                  beside-settings, script-command, pam, pam-program, openssl, home, named-module,
//                  libtool-module, plugin, helper, place, well-known, fonts, tex, package
//   scanners       package-database (cut to the packages that are left, see KeepSet::rewritten)
//   asked for      keep, keep-package, keep-from, repair
//   proven         required (--minimize: the probe fails without it)
struct Reason {
  std::string rule;
  std::string because;  // an absolute path, a pattern, package or access; may be empty
  friend auto operator<=>(const Reason&, const Reason&) = default;
};

// Where a reason comes from: the lines of the table above.
enum class Origin { run, structure, closure, scanners, asked, proven };
Origin origin_of(const Reason& reason);

struct KeepSet {
  std::map<std::string, std::set<Reason>> paths;  // index paths (no leading slash)
  std::map<std::string, std::string> dropped;     // paths taken out by --drop -> the pattern
  std::set<std::string> minimized;  // paths taken out by --minimize: the probe passes without them
  // Kept files that get other content, with the original's attributes: package databases, cut to
  // what is left. Only files that nothing used.
  std::map<std::string, std::string> rewritten;
  // Names of kept programs that shell scripts which ran name, whether they ran themselves or not.
  std::set<std::string> commands;
  // As Trace::reachable; unset with Closure::observed, which is not all that may run.
  std::optional<std::set<std::string>> reachable;
  std::vector<std::string> warnings;  // e.g. a DT_NEEDED library that is nowhere in the image
};

// observed  what the run touched, with the directories and symlinks on the way, and what kernel and
//           engine use to start it: interpreters, passwd, group
// file      with what those files need to work (the default)
// package   with all files of every package one of whose files is kept
enum class Closure { observed, file, package };

struct Options {
  Closure closure = Closure::file;
  // The container's environment, "NAME=value": PATH finds the interpreters of `env NAME`,
  // LD_LIBRARY_PATH libraries, PYTHONPATH and NODE_PATH modules.
  std::vector<std::string> environment;
  std::vector<std::string> keep;           // globs, see glob_match
  std::vector<std::string> keep_packages;  // names in the image's package database (dpkg, apk)
  std::vector<std::string> drop;           // globs; win over everything but directories in use
  std::vector<std::string> keep_from;      // paths listed in --keep-from files
  std::vector<std::string> repair;         // paths added by a verification round
  // What --minimize found: paths that are taken out again in the end, with the directories that are
  // left without content and purpose; and those that were seen to be required.
  std::set<std::string> without;
  std::set<std::string> required;
  // Whether the image gets a package database cut to the packages that are left (not with
  // Closure::observed).
  bool package_database = true;
};

// The bytes of a file, in memory or mapped. Made implicitly from either, so that a ReadContent may
// return a Result<std::string> or a Result<Mapping>.
class Content {
 public:
  Content(std::string text) : bytes_(std::move(text)) {}    // NOLINT(google-explicit-constructor)
  Content(Mapping mapping) : bytes_(std::move(mapping)) {}  // NOLINT(google-explicit-constructor)
  std::string_view bytes() const {
    if (const auto* text = std::get_if<std::string>(&bytes_)) return *text;
    const auto mapped = std::get<Mapping>(bytes_).bytes();
    return {reinterpret_cast<const char*>(mapped.data()), mapped.size()};
  }

 private:
  std::variant<std::string, Mapping> bytes_;
};

// The bytes of a regular file of the index. A mapping is much the better: libraries are large, and
// only their headers are looked at.
using ReadContent = std::function<Result<Content>(const rootfs::IndexEntry&)>;

// `argv0_roots` are paths that the image's config names: the program, the working directory, the
// volumes, the user's home; those that the image does not have are passed over.
// Errors: `usage` (a --keep pattern or package that matches nothing is an error, not silence),
// `io` from reading.
Result<KeepSet> compute(const rootfs::Index& index, const std::vector<std::string>& argv0_roots,
                        const trace::Trace& trace, const ReadContent& read, const Options& options);

// Whether the image has what `options` ask for, as compute() will find it. Errors: its own.
Result<void> check_requests(const rootfs::Index& index, const ReadContent& read,
                            const Options& options);

// The kept paths that go when those of `without` do: these, and the directories that were kept only
// for what is in them. What is in a directory comes before it.
std::vector<std::string> going(const rootfs::Index& index, const KeepSet& keep,
                               const std::set<std::string>& without);

// A kept path that may be tried without: not a directory with kept content, and not there because
// somebody asked for it, the image's config or an engine names it, or scanners read it. The groups
// say what it is likely to go with (outermost first): how it came to be kept, its package (dpkg,
// apk) and its directories.
struct Candidate {
  std::string path;
  bool observed = false;  // the run itself used it; otherwise a rule keeps it
  std::vector<std::string> groups;
};
// Sorted by path. Error: `io` from reading the package database.
Result<std::vector<Candidate>> candidates(const rootfs::Index& index, const KeepSet& keep,
                                          const ReadContent& read);

// Lines for `slim explain`: every reason of a path, each followed back to an observation. The path
// is taken as in a container of the original image: through symlinks of its directories, but a
// symlink is explained itself.
std::vector<std::string> explain(const KeepSet& keep, const rootfs::Index& original,
                                 const std::string& path);

// report's keep-set document: {"/path": [{"rule":..., "because":...}, ...]}; and back. A dropped
// path has the one reason "dropped" with its pattern, a minimised one "minimized". Warnings are not
// part of it. Errors: `usage`.
std::string to_json(const KeepSet& keep);
Result<KeepSet> from_json(std::string_view json, const std::string& name);

}  // namespace slim::keepset
