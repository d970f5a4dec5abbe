// SPDX-License-Identifier: Apache-2.0
#include "slim/base/path.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "slim/base/file.hpp"

using namespace slim;

TEST_CASE("paths are cleaned lexically") {
  CHECK(clean_path("") == "/");
  CHECK(clean_path("/a//b/./c/") == "/a/b/c");
  CHECK(clean_path("a/../../b") == "/b");
  CHECK(clean_path("/../..") == "/");
}

TEST_CASE("globs") {
  CHECK(glob_match("/etc/*.conf", "/etc/a.conf"));
  CHECK_FALSE(glob_match("/etc/*.conf", "/etc/a/b.conf"));
  CHECK(glob_match("/etc/**/*.conf", "/etc/a/b/c.conf"));
  CHECK(glob_match("/etc/**/*.conf", "/etc/c.conf"));
  CHECK(glob_match("/etc/**", "/etc/a/b"));
  CHECK_FALSE(glob_match("/etc/**", "/etcetera/a"));
  CHECK(glob_match("*.pem", "/usr/share/ca/x.pem"));
  CHECK(glob_match("ca/*.pem", "/usr/share/ca/x.pem"));
  CHECK_FALSE(glob_match("a/*.pem", "/usr/share/ca/x.pem"));
  CHECK(glob_match("/a[0-9]?", "/a5x"));
  CHECK_FALSE(glob_match("/a[!0-9]?", "/a5x"));
  CHECK(glob_match("/a\\*", "/a*"));
  CHECK_FALSE(glob_match("/a\\*", "/ab"));
  CHECK_FALSE(glob_match("/a?b", "/a/b"));
  CHECK(glob_match("/[", "/["));
}

TEST_CASE("a hostile glob is matched in bounded time") {
  const std::string path(4000, 'a');
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "a**";
  CHECK_FALSE(glob_match("/" + pattern + "b", "/" + path));
}

TEST_CASE("bytes survive escaping") {
  const std::string raw("a\\\xff\n\xc3\xa9\x00z\xc2\x9b", 10);
  const std::string text = escape_bytes(raw);
  CHECK(text == "a\\\\\\xff\\x0a\xc3\xa9\\x00z\\xc2\\x9b");
  CHECK(*unescape_bytes(text) == raw);
  CHECK_FALSE(unescape_bytes("\\q"));
  CHECK_FALSE(unescape_bytes("\\x1"));
}

TEST_CASE("joining and taking apart") {
  CHECK(join_path("/", "/a") == "/a");
  CHECK(join_path("/a/", "b") == "/a/b");
  CHECK(join_path("", "b") == "b");
  CHECK(parent_of("a/b/c") == "a/b");
  CHECK(parent_of("a").empty());
  CHECK(name_of("a/b") == "b");
  CHECK(components("//a/./b/../c/") == std::vector<std::string_view>{"a", "b", "..", "c"});
}

TEST_CASE("opening in a root never leaves it") {
  const auto directory = TempDir::create("/tmp", "slim-path-test");
  REQUIRE(directory);
  const std::string top = directory->path();
  REQUIRE(make_directories(top + "/etc"));
  REQUIRE(write_file_atomically(top + "/etc/passwd", "inside"));
  REQUIRE(::symlink("/etc", (top + "/absolute").c_str()) == 0);
  REQUIRE(::symlink("../../../../etc", (top + "/climbing").c_str()) == 0);
  const Fd root = *open_file(top, O_PATH | O_DIRECTORY);
  for (const char* path : {"absolute/passwd", "climbing/passwd", "../../etc/passwd"}) {
    const auto fd = open_in_root(root, path, O_RDONLY);
    REQUIRE(fd);
    CHECK(*read_all(*fd, path) == "inside");
  }
  CHECK_FALSE(open_beneath(root, "absolute/passwd", O_RDONLY));
  CHECK_FALSE(open_beneath(root, "../etc/passwd", O_RDONLY));
  CHECK(open_beneath(root, "etc/passwd", O_RDONLY));
}

TEST_CASE("paths longer than PATH_MAX are opened and removed") {
  const auto directory = TempDir::create("/tmp", "slim-path-test");
  REQUIRE(directory);
  const std::string name(200, 'd');
  std::string path;
  Fd at = *open_file(directory->path(), O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < 300; ++i) {
    REQUIRE(::mkdirat(at.get(), name.c_str(), 0755) == 0);
    at = Fd(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY));
    REQUIRE(at);
    path = join_path(path, name);
  }
  REQUIRE(path.size() > 2 * PATH_MAX);
  const Fd root = *open_file(directory->path(), O_PATH | O_DIRECTORY);
  CHECK(open_beneath(root, path, O_RDONLY | O_DIRECTORY));
  REQUIRE(remove_tree(directory->path()));
  CHECK(::access(directory->path().c_str(), F_OK) != 0);
}
