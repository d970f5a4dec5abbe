// SPDX-License-Identifier: Apache-2.0
// Trace + original image -> keep-set, slim image and policies.
#pragma once

#include <set>

#include "cli/context.hpp"
#include "cli/source.hpp"
#include "slim/image/write.hpp"
#include "slim/keepset/keepset.hpp"
#include "slim/policy/confinement.hpp"
#include "slim/policy/network.hpp"
#include "slim/policy/seccomp.hpp"

namespace slim::cli {

struct Product {
  keepset::KeepSet keep;
  image::WrittenImage image;
  policy::SeccompProfile seccomp;
  std::vector<std::string> runtime_calls;  // allowed only for the runtime's start of the container
  policy::NetworkAudit network;
  policy::Confinement confinement;
  uint64_t files_kept = 0, files_removed = 0;  // everything but directories
  uint64_t kept_bytes = 0, removed_bytes = 0;  // hard links once
  uint64_t files_by_rules = 0, bytes_by_rules = 0;  // of the kept ones, neither used nor asked for
};

// What running the slim image taught about it.
struct Amendments {
  std::vector<std::string> added;        // paths that a proof found missing
  std::set<std::string> without;         // paths that --minimize found needless,
  std::set<std::string> required;        // ... and needed,
  std::set<std::string> calls_without;   // and the same of system calls
};

// The trace as if these system calls had not been made.
trace::Trace without_calls(trace::Trace trace, const std::set<std::string>& calls);

// The choices of the command line, with the commands that are kept because scripts that ran name them.
policy::SeccompChoices seccomp_choices(const Options& options, const keepset::KeepSet& keep);

// The bytes of the image's files, for rules.
keepset::ReadContent content_reader(const Source& source);

// What stays at a closure; the other options are the context's.
Result<keepset::KeepSet> compute_keep_set(Context& context, const Source& source,
                                          const trace::Trace& trace, const Amendments& amendments,
                                          keepset::Closure closure);

// Whether what was asked for can be had of the image, before it is run for hours: paths and packages
// to keep or drop that it does not have, a time that is none. Errors: `usage`.
Result<void> check_wishes(Context& context, const Source& source);

// Writes the slim image to `archive`.
Result<Product> make_product(Context& context, const Source& source, const trace::Trace& trace,
                             const policy::SeccompProfile& base, const Amendments& amendments,
                             const std::string& archive);

}  // namespace slim::cli
