// SPDX-License-Identifier: Apache-2.0
#include "rootfs/index_file.hpp"

#include "fuzz.hpp"
#include "slim/base/digest.hpp"

using namespace slim;

// The body's digest stands in the header, where no mutation would ever hit it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(fuzz::text_of(data, size));
  if (bytes.size() >= rootfs::kLayerIndexHeaderBytes)
    bytes.replace(rootfs::kLayerIndexHeaderBytes - 64, 64,
                  Digest::of(bytes.substr(rootfs::kLayerIndexHeaderBytes)).hex);
  const auto index = rootfs::decode_layer_index(bytes);
  if (!index) return 0;
  const auto again = rootfs::decode_layer_index(rootfs::encode_layer_index(*index));
  fuzz::hold(again && again->entries == index->entries, "an index reads back the same");
  return 0;
}
