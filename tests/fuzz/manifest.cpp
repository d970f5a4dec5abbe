// SPDX-License-Identifier: Apache-2.0
// What an image says of itself: manifests, indexes, docker save's manifest.json and the config.
#include "image/manifest.hpp"

#include "fuzz.hpp"

using namespace slim;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(fuzz::text_of(data, size));
  (void)image::parse_manifest(text, "", "manifest");
  (void)image::parse_docker_manifest(text, "manifest.json");
  const auto config = image::ImageConfig::parse(text);
  if (config) fuzz::hold(config->json == text, "a config is kept as it was read");
  return 0;
}
