// SPDX-License-Identifier: Apache-2.0
#include "rootfs/index_file.hpp"

#include <catch2/catch.hpp>

using namespace slim;
using namespace slim::rootfs;
using image::Entry;
using image::EntryType;

namespace {

LayerIndex sample() {
  LayerIndex index;
  index.mountable = true;
  index.bytes = 1ull << 40;
  Entry entry;
  entry.type = EntryType::directory;
  entry.mode = 01777;
  index.entries.push_back(entry);
  entry.path = "a";
  entry.type = EntryType::block_device;
  entry.device_major = 4095;
  entry.device_minor = 1048575;
  index.entries.push_back(entry);
  entry = {};
  entry.path = std::string("a/\xff\n b", 6);
  entry.mode = 06755;
  entry.uid = 4294967294;
  entry.gid = 300;
  entry.mtime = {-5'000'000'000, 999'999'999};
  entry.size = 1ull << 60;
  entry.xattrs["security.capability"] = std::string("\0\1\2\xff", 4);
  entry.xattrs["user.empty"] = "";
  index.entries.push_back(entry);
  entry = {};
  entry.path = "a/" + std::string(5000, 'x');
  entry.type = EntryType::symlink;
  entry.target = "../there";
  index.entries.push_back(entry);
  return index;
}

}  // namespace

TEST_CASE("a layer index comes back as it was") {
  const LayerIndex index = sample();
  const std::string bytes = encode_layer_index(index);
  const auto back = decode_layer_index(bytes);
  REQUIRE(back);
  CHECK(back->mountable);
  CHECK(back->bytes == index.bytes);
  CHECK(back->entries == index.entries);
  const auto summary = decode_layer_index_summary(bytes.substr(0, kLayerIndexHeaderBytes));
  REQUIRE(summary);
  CHECK(summary->files == 4);
  CHECK(summary->bytes == index.bytes);
  CHECK(decode_layer_index(encode_layer_index({}))->entries.empty());
}

TEST_CASE("a layer index that was cut or changed is noticed") {
  const std::string bytes = encode_layer_index(sample());
  for (size_t length = 0; length < bytes.size(); length += 7)
    CHECK_FALSE(decode_layer_index(std::string_view(bytes).substr(0, length)));
  CHECK_FALSE(decode_layer_index(bytes + "x"));
  for (size_t i = kLayerIndexHeaderBytes; i < bytes.size(); i += 11) {
    std::string changed = bytes;
    changed[i] ^= 1;
    CHECK_FALSE(decode_layer_index(changed));
  }
}
