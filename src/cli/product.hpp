// SPDX-License-Identifier: Apache-2.0
// Trace + original image -> keep-set, slim image and policies.
#pragma once

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
  policy::NetworkAudit network;
  policy::Confinement confinement;
  uint64_t files_kept = 0, files_removed = 0;  // everything but directories
  uint64_t kept_bytes = 0, removed_bytes = 0;  // hard links once
};

// What stays at a closure; the other options are the context's. `repair` are paths that a proof found
// missing.
Result<keepset::KeepSet> compute_keep_set(Context& context, const Source& source,
                                          const trace::Trace& trace,
                                          const std::vector<std::string>& repair,
                                          keepset::Closure closure);

// Writes the slim image to `archive`. `repair` as above.
Result<Product> make_product(Context& context, const Source& source, const trace::Trace& trace,
                             const policy::SeccompProfile& base,
                             const std::vector<std::string>& repair, const std::string& archive);

}  // namespace slim::cli
