// SPDX-License-Identifier: Apache-2.0
// The commands that run no container. Each gives the text for stdout.
#pragma once

#include <string>

#include "cli/options.hpp"
#include "slim/rootfs/store.hpp"

namespace slim::cli {

Result<std::string> merge_traces(const Options& options);
Result<std::string> explain_paths(const Options& options);
Result<std::string> list_cache(const Options& options, const rootfs::Store& store);
Result<std::string> prune_cache(const Options& options, rootfs::Store& store);
std::string version_text(const Options& options);

}  // namespace slim::cli
