// SPDX-License-Identifier: Apache-2.0
// The slim image's config, from the source's (OCI image-spec config.md).
#pragma once

#include <string>
#include <vector>

#include "slim/image/write.hpp"

namespace slim::image {

// The source's config with the changes applied, `diff_ids` as its root file system and one history
// entry a layer. Fields slim does not know are kept; fields that describe how the *source* was made
// (Docker's container, container_config, parent, inline build cache ...) are removed, because they
// would be false of the result. The same input gives the same bytes.
// Errors: `image` if the source's JSON is not an object where the specification has one.
Result<std::string> rewrite_config(const ImageConfig& source, const ConfigChanges& changes,
                                   const std::vector<Digest>& diff_ids);

}  // namespace slim::image
