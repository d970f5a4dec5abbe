// SPDX-License-Identifier: Apache-2.0
#include "slim/rootfs/index.hpp"

#include <catch2/catch.hpp>

using namespace slim;
using rootfs::Index;
using rootfs::IndexEntry;
using Outcome = rootfs::Resolution::Outcome;
using image::EntryType;

namespace {

IndexEntry entry(std::string path, EntryType type, std::string target = {}) {
  IndexEntry made;
  made.path = std::move(path);
  made.type = type;
  made.target = std::move(target);
  return made;
}

Index sample() {
  Index index;
  index.put(entry("", EntryType::directory));
  for (const char* path : {"a", "a-b", "a/b", "a/b/c", "usr", "usr/bin", "usr/lib"})
    index.put(entry(path, EntryType::directory));
  for (const char* path : {"a.b", "a/b/c/file", "a0", "usr/bin/tool"})
    index.put(entry(path, EntryType::file));
  index.put(entry("bin", EntryType::symlink, "usr/bin"));
  index.put(entry("lib", EntryType::symlink, "/usr/lib/"));
  index.put(entry("usr/bin/sh", EntryType::symlink, "../bin/tool"));
  index.put(entry("up", EntryType::symlink, "../../.."));
  index.put(entry("loop", EntryType::symlink, "loop"));
  index.put(entry("slashed", EntryType::symlink, "usr/bin/tool/"));
  index.put(entry("dangling", EntryType::symlink, "usr/none/x"));
  return index;
}

std::vector<std::string> paths(const std::vector<const IndexEntry*>& entries) {
  std::vector<std::string> found;
  for (const IndexEntry* each : entries) found.push_back(each->path);
  return found;
}

using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("below and children do not mix up siblings that share a prefix") {
  const Index index = sample();
  CHECK(paths(index.below("a")) == Paths{"a/b", "a/b/c", "a/b/c/file"});
  CHECK(paths(index.children("a")) == Paths{"a/b"});
  CHECK(paths(index.children("usr")) == Paths{"usr/bin", "usr/lib"});
  CHECK(index.children("").size() == 11);
  CHECK(index.below("").size() == index.entries().size() - 1);
}

TEST_CASE("erase takes what is below, erase_below leaves the directory") {
  Index index = sample();
  index.erase("a");
  CHECK(index.find("a") == nullptr);
  CHECK(index.find("a/b/c/file") == nullptr);
  CHECK(index.find("a-b") != nullptr);
  CHECK(index.find("a.b") != nullptr);
  CHECK(index.find("a0") != nullptr);
  index.erase_below("usr");
  CHECK(index.find("usr") != nullptr);
  CHECK(index.children("usr").empty());
  index.erase("");
  CHECK(index.entries().size() == 1);
}

TEST_CASE("hard links are one file") {
  Index index;
  for (const char* path : {"x", "y", "z"}) {
    IndexEntry file = entry(path, EntryType::file);
    file.size = 10;
    file.link_group = 7;
    index.put(file);
  }
  IndexEntry alone = entry("alone", EntryType::file);
  alone.size = 5;
  index.put(alone);
  CHECK(paths(index.peers(*index.find("y"))) == Paths{"x", "y", "z"});
  CHECK(paths(index.peers(*index.find("alone"))) == Paths{"alone"});
  CHECK(index.file_bytes() == 15);
  index.erase("x");
  CHECK(paths(index.peers(*index.find("y"))) == Paths{"y", "z"});
  CHECK(index.file_bytes() == 15);
  index.put(entry("y", EntryType::file));
  CHECK(paths(index.peers(*index.find("z"))) == Paths{"z"});
}

TEST_CASE("resolve follows symlinks as the kernel does") {
  const Index index = sample();
  auto found = index.resolve("/bin/sh");
  REQUIRE(found.outcome == Outcome::found);
  CHECK(found.entry->path == "usr/bin/tool");
  CHECK(paths(found.passed) == Paths{"", "bin", "usr", "usr/bin", "usr/bin/sh"});

  found = index.resolve("bin/sh", false);
  CHECK(found.entry->path == "usr/bin/sh");
  CHECK(paths(found.passed) == Paths{"", "bin", "usr", "usr/bin"});

  CHECK(index.resolve("/lib", false).entry->path == "lib");
  CHECK(index.resolve("/lib/", false).entry->path == "usr/lib");
  CHECK(index.resolve("/lib/.", false).entry->path == "usr/lib");
  CHECK(index.resolve("/lib/../bin//./tool").entry->path == "usr/bin/tool");
  CHECK(index.resolve("/up/up/../bin/tool").entry->path == "usr/bin/tool");
  CHECK(index.resolve("/").entry->path.empty());
  CHECK(index.resolve("").entry->path.empty());
  CHECK(index.resolve("../../..").entry->path.empty());
  CHECK(paths(index.resolve("/a/..").passed) == Paths{"", "a"});
}

TEST_CASE("resolve tells missing from not a directory and from a loop") {
  const Index index = sample();
  auto failed = index.resolve("/usr/none/x/y");
  CHECK(failed.outcome == Outcome::missing);
  CHECK(failed.remainder == "none/x/y");
  CHECK(paths(failed.passed) == Paths{"", "usr"});

  failed = index.resolve("/dangling/more/");
  CHECK(failed.outcome == Outcome::missing);
  CHECK(failed.remainder == "none/x/more/");
  CHECK(paths(failed.passed) == Paths{"", "dangling", "usr"});

  failed = index.resolve("/usr/bin/tool/x");
  CHECK(failed.outcome == Outcome::not_a_directory);
  CHECK(failed.entry->path == "usr/bin/tool");
  CHECK(failed.remainder == "x");
  CHECK(index.resolve("/usr/bin/tool/").outcome == Outcome::not_a_directory);
  CHECK(index.resolve("/usr/bin/tool/.").outcome == Outcome::not_a_directory);
  CHECK(index.resolve("/bin/sh/").outcome == Outcome::not_a_directory);
  CHECK(index.resolve("/slashed").outcome == Outcome::not_a_directory);
  CHECK(index.resolve("/slashed", false).outcome == Outcome::found);

  failed = index.resolve("/loop/x");
  CHECK(failed.outcome == Outcome::symlink_loop);
  CHECK(index.resolve("/loop", false).outcome == Outcome::found);
}

TEST_CASE("forty symlinks are followed and not one more") {
  Index index;
  index.put(entry("end", EntryType::file));
  for (int i = 1; i <= 41; ++i)
    index.put(entry("l" + std::to_string(i), EntryType::symlink,
                    i == 1 ? "end" : "l" + std::to_string(i - 1)));
  CHECK(index.resolve("/l40").outcome == Outcome::found);
  CHECK(index.resolve("/l41").outcome == Outcome::symlink_loop);
}

TEST_CASE("a symlink bomb ends at the limit") {
  Index index;
  index.put(entry("d", EntryType::directory));
  index.put(entry("s0", EntryType::symlink, "d"));
  for (int i = 1; i < 30; ++i) {
    const std::string below = "s" + std::to_string(i - 1);
    index.put(entry("s" + std::to_string(i), EntryType::symlink, below + "/../" + below));
  }
  CHECK(index.resolve("/s29/x").outcome == Outcome::symlink_loop);
}
