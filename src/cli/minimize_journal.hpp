// SPDX-License-Identifier: Apache-2.0
// minimize.json: what a search has decided so far, for the next one to go on from.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "slim/verify/reduce.hpp"

namespace slim::cli {

using Verdicts = std::map<std::string, verify::Verdict>;  // by path or by system call

struct MinimizeJournal {
  // What the verdicts are about: they hold for one image and one probe only.
  std::string image_digest;
  std::vector<std::string> probe;
  Verdicts files, syscalls;
  friend bool operator==(const MinimizeJournal&, const MinimizeJournal&) = default;
};

// {"schema_version", "image", "probe": [...], "files": {"/PATH": "needed"|"removed"}, "syscalls": {...}}.
std::string to_json(const MinimizeJournal& journal);
// Error: `usage` when it is not such a document.
Result<MinimizeJournal> minimize_journal_from(const std::string& json, const std::string& name);

}  // namespace slim::cli
