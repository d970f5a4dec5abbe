// SPDX-License-Identifier: Apache-2.0
// The readers behind open_image, one a kind of source.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "image/blobs.hpp"
#include "image/manifest.hpp"
#include "slim/image/image.hpp"

namespace slim::image {

const Interrupt& interrupt_of(const OpenOptions& options);
// options.temporary_directory, or where temporary files belong on this machine.
std::string temporary_directory_of(const OpenOptions& options);

// An OCI layout (directory or archive).
Result<Image> open_layout(std::shared_ptr<const Blobs> blobs, const Reference& reference,
                          const OpenOptions& options);
// The manifest at hand: checks config, platform, and that every layer is there. `keep_alive` lives
// as long as the image's source.
Result<Image> open_manifest(std::shared_ptr<const Blobs> blobs, const Manifest& manifest,
                            const Digest& digest, const OpenOptions& options,
                            std::shared_ptr<void> keep_alive);
// What `docker save` writes.
Result<Image> open_docker_archive(std::shared_ptr<const Blobs> blobs, const Reference& reference,
                                  const OpenOptions& options);
// docker:// and containers-storage:, copied by skopeo to the temporary directory.
Result<Image> open_with_skopeo(const Reference& reference, const OpenOptions& options);

// For error messages: "a, b, c and 3 more", escaped.
std::string listed_in_words(const std::set<std::string>& words);
// The names among those a source claims that can be names of images; whatever else it says is not
// repeated to terminals and other tools.
std::vector<std::string> proper_names(const std::vector<std::string>& names);

// Whether the config is for the platform that is wanted; else `unsupported`.
Result<void> check_platform(const ImageConfig& config, const OpenOptions& options,
                            const std::string& name);

}  // namespace slim::image
