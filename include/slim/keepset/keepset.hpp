// SPDX-License-Identifier: Apache-2.0
// Which entries of an image stay, and why. Pure functions over values: no system calls.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "slim/rootfs/index.hpp"
#include "slim/trace/trace.hpp"

namespace slim::keepset {

// Why a path is kept: the rule's name and what led to it.
//   observed (how it was accessed), directory, symlink, elf-interpreter, elf-needed, shebang,
//   identity, metadata, keep, keep-package, keep-from, repair ...
struct Reason {
  std::string rule;
  std::string because;  // a path, pattern, package or access; may be empty
  friend auto operator<=>(const Reason&, const Reason&) = default;
};

struct KeepSet {
  std::map<std::string, std::set<Reason>> paths;  // index paths (no leading slash)
  std::map<std::string, std::string> dropped;     // paths taken out by --drop -> the pattern
  std::vector<std::string> warnings;  // e.g. a DT_NEEDED library that is nowhere in the image
};

enum class Closure { observed, file, package };

struct Options {
  Closure closure = Closure::file;
  std::vector<std::string> keep;           // globs, see glob_match
  std::vector<std::string> keep_packages;  // names in the image's package database (dpkg, apk)
  std::vector<std::string> drop;           // globs; win over everything but directories in use
  std::vector<std::string> keep_from;      // paths listed in --keep-from files
  std::vector<std::string> repair;         // paths added by a verification round
};

// The bytes of a regular file of the index.
using ReadContent = std::function<Result<std::string>(const rootfs::IndexEntry&)>;

// Errors: `usage` (a --keep pattern or package that matches nothing is an error, not silence),
// `io` from reading.
Result<KeepSet> compute(const rootfs::Index& index, const std::vector<std::string>& argv0_roots,
                        const trace::Trace& trace, const ReadContent& read,
                        const Options& options);

// Lines for `slim explain`: every reason of a path, followed back to an observation.
std::vector<std::string> explain(const KeepSet& keep, const std::string& path);

// report's keep-set document: {"path": [{"rule":..., "because":...}, ...]}; and back.
std::string to_json(const KeepSet& keep);
Result<KeepSet> from_json(std::string_view json, const std::string& name);

}  // namespace slim::keepset
