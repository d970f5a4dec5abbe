// SPDX-License-Identifier: Apache-2.0
#include "slim/base/file.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "slim/base/digest.hpp"

using namespace slim;

TEST_CASE("an atomic file appears whole or not at all") {
  const auto directory = TempDir::create("/tmp", "slim-file-test");
  REQUIRE(directory);
  const std::string path = directory->path() + "/out";
  {
    const auto abandoned = AtomicFile::create(path);
    REQUIRE(abandoned);
    REQUIRE(write_all(abandoned->fd(), "half", path));
    CHECK(::access(path.c_str(), F_OK) != 0);
    CHECK(::access(abandoned->temporary_path().c_str(), F_OK) == 0);
  }
  CHECK(::rmdir(directory->path().c_str()) == 0);  // so nothing was left in it
  REQUIRE(make_directories(directory->path()));
  REQUIRE(write_file_atomically(path, "whole", 0640));
  CHECK(*read_file(path) == "whole");
  struct stat status;
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
}

TEST_CASE("removing a tree does not follow its symlinks") {
  const auto directory = TempDir::create("/tmp", "slim-file-test");
  REQUIRE(directory);
  REQUIRE(make_directories(directory->path() + "/keep"));
  REQUIRE(write_file_atomically(directory->path() + "/keep/file", "x"));
  REQUIRE(make_directories(directory->path() + "/gone/deep"));
  REQUIRE(::symlink("../keep", (directory->path() + "/gone/link").c_str()) == 0);
  REQUIRE(remove_tree(directory->path() + "/gone"));
  CHECK(::access((directory->path() + "/gone").c_str(), F_OK) != 0);
  CHECK(::access((directory->path() + "/keep/file").c_str(), F_OK) == 0);
}

TEST_CASE("a lock excludes until it goes") {
  const auto directory = TempDir::create("/tmp", "slim-file-test");
  REQUIRE(directory);
  const std::string path = directory->path() + "/lock";
  {
    const auto held = FileLock::acquire(path);
    REQUIRE(held);
    CHECK_FALSE(FileLock::try_acquire(path)->has_value());
  }
  CHECK(FileLock::try_acquire(path)->has_value());
}

TEST_CASE("errors carry the errno's meaning and the callers' context") {
  const auto bytes = read_file("/no/such/file");
  REQUIRE_FALSE(bytes);
  CHECK(bytes.error().code() == ErrorCode::not_found);
  const Error wrapped = Error(bytes.error()).context("reading the list").context("--keep-from");
  CHECK(wrapped.text() == "--keep-from: reading the list: /no/such/file: No such file or directory");
}

TEST_CASE("what an interruption came amid is not named: it did not fail", "[base]") {
  const Error wrapped = Error(ErrorCode::interrupted, "interrupted").context("entry 'usr/bin/tar'");
  CHECK(wrapped.text() == "interrupted");
}

TEST_CASE("digests are those of sha256sum") {
  // printf abc | sha256sum
  CHECK(Digest::of("abc").text() ==
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Digest::parse(Digest::of("abc").text()).value() == Digest::of("abc"));
  for (const char* bad : {"", "sha256", "sha256:ab", "md5:900150983cd24fb0d6963f7d28e17f72",
                          "sha256:../../../../etc/passwd000000000000000000000000000000000000000000",
                          "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"})
    CHECK_FALSE(Digest::parse(bad));
}
