// SPDX-License-Identifier: Apache-2.0
#include "slim/inspect/layers.hpp"

#include <catch2/catch.hpp>

using namespace slim;
using namespace slim::inspect;
using image::Entry;
using image::EntryType;

namespace {

Entry file(const std::string& path, uint64_t size) {
  Entry entry;
  entry.path = path;
  entry.size = size;
  return entry;
}
Entry directory(const std::string& path) {
  Entry entry;
  entry.path = path;
  entry.type = EntryType::directory;
  return entry;
}
Entry hard_link(const std::string& path, const std::string& target) {
  Entry entry;
  entry.path = path;
  entry.type = EntryType::hardlink;
  entry.target = target;
  return entry;
}

LayerStory story(const Layers& layers) {
  auto told = tell_layers(layers);
  REQUIRE(told);
  return *told;
}

}  // namespace

TEST_CASE("a layer alone wastes nothing") {
  const auto told = story({{directory("a"), file("a/b", 10), file("c", 5)}});
  CHECK(told.layers[0].bytes == 15);
  CHECK(told.layers[0].added == 2);
  CHECK(told.wasted_bytes() == 0);
  CHECK(told.efficiency() == 1.0);
  CHECK(story({}).efficiency() == 1.0);
}

TEST_CASE("what is replaced or deleted is wasted in the layer that brought it") {
  const auto told = story({{file("a", 10), file("b", 20), file("c", 30)},
                           {file("a", 12), file(".wh.b", 0)},
                           {file("a", 1)}});
  CHECK(told.layers[0].wasted_bytes == 30);
  CHECK(told.layers[1].wasted_bytes == 12);
  CHECK(told.layers[1].replaced == 1);
  CHECK(told.layers[1].deleted == 1);
  CHECK(told.layers[1].files == 1);
  CHECK(told.bytes() == 73);
  REQUIRE(told.hidden.size() == 3);
  CHECK(told.hidden[0].path == "b");
  CHECK(told.hidden[0].deleted);
  CHECK(told.hidden[0].hidden_by == 1);
  CHECK_FALSE(told.hidden[1].deleted);
}

TEST_CASE("directories go with all below them") {
  const Layers base{{directory("d"), file("d/x", 1), directory("d/e"), file("d/e/y", 2),
                     file("d-", 4), file("d.txt", 8)}};
  Layers whiteout = base, opaque = base, replaced = base;
  whiteout.push_back({file(".wh.d", 0)});
  CHECK(story(whiteout).layers[0].wasted_bytes == 3);
  opaque.push_back({directory("d"), file("d/.wh..wh..opq", 0), file("d/x", 9)});
  CHECK(story(opaque).layers[0].wasted_bytes == 3);
  CHECK(story(opaque).layers[1].added == 1);
  replaced.push_back({file("d", 5)});
  CHECK(story(replaced).layers[0].wasted_bytes == 3);
  CHECK(story(replaced).layers[1].deleted == 2);
}

TEST_CASE("a file with several names is wasted with the last of them") {
  const Layers base{{file("a", 10), hard_link("b", "a")}};
  CHECK(story(base).bytes() == 10);
  Layers one = base, both = base;
  one.push_back({file(".wh.a", 0)});
  CHECK(story(one).wasted_bytes() == 0);
  both.push_back({file(".wh.a", 0), file("b", 1)});
  CHECK(story(both).wasted_bytes() == 10);
}

TEST_CASE("a malformed whiteout is an error that names the layer") {
  const auto told = tell_layers({{file("a", 1)}, {file(".wh...", 0)}});
  REQUIRE_FALSE(told);
  CHECK(told.error().code() == ErrorCode::image);
  CHECK(told.error().text().find("layer 2") != std::string::npos);
}
