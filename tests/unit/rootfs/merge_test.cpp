// SPDX-License-Identifier: Apache-2.0
#include "slim/rootfs/merge.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "rootfs/layer_tree.hpp"
#include "slim/rootfs/whiteout.hpp"

using namespace slim;
using namespace slim::rootfs;
using image::Entry;
using image::EntryType;

namespace {

using Layer = std::vector<Entry>;
using Paths = std::vector<std::string>;

Entry file(std::string path, uint64_t size = 1) {
  Entry entry;
  entry.path = std::move(path);
  entry.mode = 0644;
  entry.size = size;
  return entry;
}
Entry directory(std::string path, uint32_t mode = 0755) {
  Entry entry = default_directory(std::move(path));
  entry.mode = mode;
  entry.mtime = {100, 0};
  return entry;
}
Entry soft_link(std::string path, std::string target) {
  Entry entry = file(std::move(path), 0);
  entry.type = EntryType::symlink;
  entry.target = std::move(target);
  return entry;
}
Entry hard_link(std::string path, std::string target) {
  Entry entry = soft_link(std::move(path), std::move(target));
  entry.type = EntryType::hardlink;
  return entry;
}

Merged merged(std::vector<Layer> layers) {
  for (Layer& layer : layers)
    std::sort(layer.begin(), layer.end(),
              [](const Entry& a, const Entry& b) { return a.path < b.path; });
  auto result = merge_layers(std::move(layers));
  INFO((result ? "" : result.error().text()));
  REQUIRE(result);
  return std::move(*result);
}

Paths paths(const Index& index) {
  Paths all;
  for (const auto& [path, entry] : index.entries())
    if (!path.empty()) all.push_back(path);
  return all;
}

}  // namespace

TEST_CASE("whiteouts are told from files, and nonsense is refused") {
  CHECK(classify("a/b")->kind == Change::Kind::put);
  CHECK(classify("a/x.wh.b")->kind == Change::Kind::put);
  CHECK(classify("a/.wh.b")->kind == Change::Kind::remove);
  CHECK(classify("a/.wh.b")->path == "a/b");
  CHECK(classify(".wh.b")->path == "b");
  CHECK(classify(".wh..hidden")->path == ".hidden");
  CHECK(classify("a/.wh..wh..opq")->kind == Change::Kind::opaque);
  CHECK(classify("a/.wh..wh..opq")->path == "a");
  CHECK(classify(".wh..wh..opq")->path.empty());
  for (const char* path : {".wh..wh.plnk", ".wh..wh.plnk/1.2", ".wh..wh.aufs", "a/.wh..wh.orph/x"})
    CHECK(classify(path)->kind == Change::Kind::ignore);
  for (const char* path : {".wh.", "a/.wh.", ".wh..", ".wh...", "a/.wh.../b", ".wh.x/y"})
    CHECK(classify(path).error().code() == ErrorCode::image);
}

TEST_CASE("upper layers add, replace and hide") {
  const Merged result = merged({
      {directory("etc"), file("etc/a"), file("etc/b"), directory("var"), file("var/x"),
       directory("var/deep"), file("var/deep/y"), file("top")},
      {directory("etc"), file("etc/.wh.a", 0), file("etc/b", 7), file("var/.wh..wh..opq", 0),
       file("var/new"), file(".wh.top", 0)},
  });
  CHECK(paths(result.index) == Paths{"etc", "etc/b", "var", "var/new"});
  CHECK(result.index.find("etc/b")->size == 7);
  CHECK(result.index.find("etc/b")->layer == 1);
  CHECK(result.index.find("var")->layer == 0);
  CHECK(result.bottom == 0);
}

TEST_CASE("whiteouts spare what their own layer brings") {
  const Merged result = merged({
      {directory("d", 0700), file("d/old"), file("f", 1)},
      {file(".wh.f", 0), file("f", 2), directory("d"), file("d/.wh..wh..opq", 0), file("d/.new"),
       file("d/new")},
  });
  CHECK(paths(result.index) == Paths{"d", "d/.new", "d/new", "f"});
  CHECK(result.index.find("f")->size == 2);
}

TEST_CASE("files and directories replace each other") {
  const Merged result = merged({
      {directory("d"), file("d/x"), file("f"), soft_link("s", "d")},
      {file("d", 5), directory("f"), file("f/y"), directory("s"), file("s/z")},
  });
  CHECK(paths(result.index) == Paths{"d", "f", "f/y", "s", "s/z"});
  CHECK(result.index.find("d")->type == EntryType::file);
  CHECK(result.index.find("s")->type == EntryType::directory);
}

TEST_CASE("a layer that only changes a directory keeps what is in it") {
  const Merged result =
      merged({{directory("tmp", 0755), file("tmp/x")}, {directory("tmp", 01777)}});
  CHECK(result.index.find("tmp")->mode == 01777);
  CHECK(result.index.find("tmp")->layer == 1);
  CHECK(result.index.find("tmp/x") != nullptr);
  CHECK(result.implied.empty());
}

TEST_CASE("implied directories keep the attributes they had below, or get the default") {
  const Merged result = merged({{directory("tmp", 01777)}, {file("tmp/x"), file("new/deep/y")}});
  CHECK(result.index.find("tmp")->mode == 01777);
  CHECK(result.index.find("tmp")->layer == 0);
  const IndexEntry* made = result.index.find("new/deep");
  REQUIRE(made != nullptr);
  CHECK(made->mode == 0755);
  CHECK(made->mtime == image::Timestamp{});
  CHECK(made->layer == 1);
  CHECK(result.implied == Paths{"tmp"});
  // Named again above, it is what it is said to be.
  CHECK(merged({{directory("tmp", 01777)}, {file("tmp/x")}, {directory("tmp")}}).implied.empty());
  // A whiteout implies its directory just the same.
  CHECK(merged({{directory("tmp", 01777), file("tmp/x")}, {file("tmp/.wh.x", 0)}}).implied ==
        Paths{"tmp"});
  // A symlink below is no directory: engines put a directory in its place.
  const Merged replaced = merged({{soft_link("lib", "usr/lib")}, {file("lib/x")}});
  CHECK(replaced.index.find("lib")->type == EntryType::directory);
}

TEST_CASE("the root is always there, and may be opaque") {
  CHECK(merged({}).index.find("")->mode == 0755);
  const Merged result =
      merged({{directory("", 0700), file("a")}, {file(".wh..wh..opq", 0), file("b")}});
  CHECK(paths(result.index) == Paths{"b"});
  CHECK(result.bottom == 1);
  CHECK(result.index.find("")->mode == 0700);
}

TEST_CASE("hard links are one file of one layer") {
  const Merged result = merged({
      {file("a", 3), hard_link("b", "a"), hard_link("c", "a"), file("other")},
      {file(".wh.a", 0), file("c", 9)},
  });
  const IndexEntry* b = result.index.find("b");
  REQUIRE(b != nullptr);
  CHECK(b->type == EntryType::file);
  CHECK(b->size == 3);
  CHECK(b->link_group != 0);
  CHECK(result.index.peers(*b).size() == 1);
  CHECK(result.index.find("c")->link_group == 0);
  CHECK(result.index.file_bytes() == 3 + 9 + 1);

  CHECK_FALSE(merge_layers({{file("a")}, {hard_link("b", "a")}}));
  CHECK_FALSE(merge_layers({{hard_link("b", "nothing")}}));
  CHECK_FALSE(merge_layers({{directory("a"), hard_link("b", "a")}}));
  CHECK_FALSE(merge_layers({{file("a"), file("a/b")}}));
}

TEST_CASE("a layer's tar may say things twice and in any order") {
  LayerTree tree;
  const auto enter = [&](const std::string& path) {
    return *tree.enter(path, [](const std::string&) -> Result<void> { return {}; });
  };
  CHECK(enter("lib/x") == "lib/x");
  tree.put(file("lib/x/f"));
  tree.put(soft_link("lib", "usr/lib"));  // replaces the directory and what is in it
  CHECK(tree.find("lib/x/f") == nullptr);
  CHECK_FALSE(tree.enter("lib", [](const std::string&) -> Result<void> { return {}; }));
  CHECK(enter("usr/lib") == "usr/lib");
  CHECK(enter("lib/sub") == "usr/lib/sub");  // through the symlink, inside the layer
  tree.put(soft_link("out", "../../../usr"));
  CHECK(enter("out/lib") == "usr/lib");
  CHECK(enter("deep") == "deep");
  tree.put(soft_link("deep/abs", "/usr"));
  tree.put(soft_link("deep/rel", "../usr"));
  CHECK(enter("deep/abs/lib") == "usr/lib");
  CHECK(enter("deep/rel/lib") == "usr/lib");
  tree.put(soft_link("self", "self"));
  CHECK_FALSE(tree.enter("self/x", [](const std::string&) -> Result<void> { return {}; }));

  tree.put(file("z", 1));
  tree.link("m", *tree.find_target("z"));
  tree.link("y", *tree.find_target("m"));
  tree.put(file("m", 5));  // its own file now
  CHECK_FALSE(tree.find_target("usr"));
  CHECK_FALSE(tree.find_target("none"));
  tree.hide("gone");
  tree.hide("m");    // means the one below
  tree.hide("usr/lib");
  tree.settle();
  const auto entries = tree.entries();
  Paths all;
  for (const Entry& entry : entries) all.push_back(entry.path);
  REQUIRE(all == Paths{".wh.gone", "deep/abs", "deep/rel", "lib", "m", "out", "self", "usr/lib",
                       "usr/lib/.wh..wh..opq", "y", "z"});
  CHECK(entries[9].type == EntryType::file);
  CHECK(entries[10].type == EntryType::hardlink);
  CHECK(entries[10].target == "y");
}

TEST_CASE("an image of sixty thousand files is merged quickly") {
  std::vector<Layer> layers(3);
  for (int layer = 0; layer < 3; ++layer)
    for (int d = 0; d < 200; ++d) {
      const std::string name = "usr/lib/package-" + std::to_string(d + 150 * layer);
      layers[layer].push_back(directory(name));
      for (int f = 0; f < 100; ++f)
        layers[layer].push_back(file(name + "/module-" + std::to_string(f) + ".py"));
    }
  const Merged result = merged(std::move(layers));
  CHECK(result.index.entries().size() > 50'000);
}
