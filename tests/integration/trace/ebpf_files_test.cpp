// SPDX-License-Identifier: Apache-2.0
// Paths and files: one small program a behaviour.
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>

#include "ebpf_harness.hpp"
#include "slim/base/file.hpp"

using namespace slim::trace;
using ebpf_test::found;
using ebpf_test::has_file;
using ebpf_test::in_directory;
using ebpf_test::missing;

namespace {

std::string dir(const char* name) { return in_directory(name); }

void touch(const std::string& path, const std::string& content = "x") {
  REQUIRE(slim::write_file_atomically(path, content));
}

}  // namespace

SLIM_TRACEE(opens) {
  const int at = ::open(dir("d").c_str(), O_RDONLY | O_DIRECTORY);
  ::openat(at, "link/../f", O_RDONLY);
  ::open(dir("new").c_str(), O_WRONLY | O_CREAT, 0600);
  ::open(dir("old").c_str(), O_RDWR | O_CREAT, 0600);
  ::open(dir("path-only").c_str(), O_PATH);
  ::open(dir("none").c_str(), O_RDONLY);
  ::open(dir("").c_str(), O_TMPFILE | O_RDWR, 0600);
  ::open("/dev/null", O_RDONLY);
  return 0;
}

TEST_CASE("opened files are named as the kernel has them and as they were written", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  REQUIRE(slim::make_directories(dir("d/sub")));
  touch(dir("d/f"));
  touch(dir("old"));
  touch(dir("path-only"));
  REQUIRE(::symlink("sub", dir("d/link").c_str()) == 0);
  const auto trace = ebpf_test::run("opens");
  CHECK(trace.complete());
  CHECK(trace.files.at(dir("d/f")) == FileUse{kRead, true});
  CHECK(found(trace, dir("d/link/../f")));
  CHECK(trace.files.at(dir("new")) == FileUse{kWritten | kCreated, true});
  CHECK(trace.files.at(dir("old")) == FileUse{kRead | kWritten, true});
  CHECK(trace.files.at(dir("path-only")) == FileUse{kLookedUp, true});
  CHECK(missing(trace, dir("none")));
  CHECK_FALSE(found(trace, dir("none")));
  CHECK(trace.files.count(dir("none")) == 0);
  CHECK(trace.files.at("/dev/null").access == kRead);
  for (const auto& [path, use] : trace.files) CHECK(path.find('#') == std::string::npos);
}

SLIM_TRACEE(moves) {
  if (::chdir(dir("a").c_str()) != 0) return 1;
  ::access("in-a", F_OK);
  if (::chdir("b") != 0) return 1;
  ::access("in-b", F_OK);
  if (::chdir("..") != 0) return 1;
  if (::chroot("b") != 0) return 1;
  ::access("/in-root", F_OK);
  ::access("still-in-a", F_OK);
  ::open("/in-root", O_RDONLY);
  return 0;
}

TEST_CASE("relative paths have the directory of their moment, absolute ones the root", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  REQUIRE(slim::make_directories(dir("a/b")));
  touch(dir("a/b/in-root"));
  const auto trace = ebpf_test::run("moves");
  CHECK(trace.init_exit_code == 0);
  CHECK(found(trace, dir("a")));
  CHECK(missing(trace, dir("a/in-a")));
  CHECK(found(trace, dir("a/b")));
  CHECK(trace.lookups.count(dir("a/b/b")) == 0);  // the base is taken before the call
  CHECK(missing(trace, dir("a/b/in-b")));
  CHECK(found(trace, dir("a/b/..")));
  CHECK(found(trace, dir("a/b/in-root")));
  CHECK(missing(trace, dir("a/still-in-a")));
  CHECK(has_file(trace, dir("a/b/in-root"), kRead));
}

SLIM_TRACEE(overwrites) {
  char buffer[4096];
  std::strcpy(buffer, dir("symlink").c_str());
  return ::readlink(buffer, buffer, sizeof buffer) > 0 ? 0 : 1;
}

TEST_CASE("a call that overwrites its own path argument is still known", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  REQUIRE(::symlink("target-of-the-link", dir("symlink").c_str()) == 0);
  const auto trace = ebpf_test::run("overwrites");
  CHECK(trace.init_exit_code == 0);
  CHECK(found(trace, dir("symlink")));
}

SLIM_TRACEE(names) {
  const std::string one = dir("one"), two = dir("two"), three = dir("three");
  struct stat status {};
  struct statx extended {};
  char value[16];
  ::rename(one.c_str(), two.c_str());
  ::link(two.c_str(), three.c_str());
  ::linkat(AT_FDCWD, two.c_str(), AT_FDCWD, dir("nowhere/x").c_str(), 0);
  ::unlink(three.c_str());
  ::stat(dir("stat-none").c_str(), &status);
  ::statx(AT_FDCWD, dir("statx-none").c_str(), 0, STATX_ALL, &extended);
  ::syscall(SYS_statx, AT_FDCWD, nullptr, 0, 0, nullptr);
  ::getxattr(dir("xattr-none").c_str(), "user.x", value, sizeof value);
  ::syscall(SYS_faccessat2, AT_FDCWD, dir("faccessat2-none").c_str(), F_OK, 0);
  ::truncate(dir("truncate-none").c_str(), 0);
  ::mkdir(dir("made").c_str(), 0700);
  open_how how{};
  how.resolve = RESOLVE_IN_ROOT;
  const int at = ::open(dir("d").c_str(), O_PATH);
  ::syscall(SYS_openat2, at, "/rooted", &how, sizeof how);
  ::syscall(SYS_openat2, at, nullptr, &how, sizeof how);
  return 0;
}

TEST_CASE("every kind of call that names a path is a lookup", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  REQUIRE(slim::make_directories(dir("d")));
  touch(dir("one"));
  const auto trace = ebpf_test::run("names");
  CHECK(trace.complete());
  for (const char* name : {"one", "two", "three", "made"}) {
    CAPTURE(name);
    CHECK(trace.lookups.count(dir(name)) == 1);
  }
  for (const char* name : {"nowhere/x", "stat-none", "statx-none", "xattr-none", "faccessat2-none",
                           "truncate-none", "d/rooted"}) {
    CAPTURE(name);
    CHECK(missing(trace, dir(name)));
  }
}

SLIM_TRACEE(maps_and_lists) {
  const int file = ::open(dir("mapped").c_str(), O_RDONLY);
  if (::mmap(nullptr, 1, PROT_READ, MAP_PRIVATE, file, 0) == MAP_FAILED) return 1;
  DIR* stream = ::opendir(dir("d").c_str());
  if (!stream || !::readdir(stream)) return 1;
  // Not files of any tree.
  const int memory = ::memfd_create("memory", 0);
  if (::ftruncate(memory, 4096) != 0) return 1;
  ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, memory, 0);
  return 0;
}

TEST_CASE("mapped files and listed directories are told", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  REQUIRE(slim::make_directories(dir("d")));
  touch(dir("mapped"));
  const auto trace = ebpf_test::run("maps_and_lists");
  CHECK(trace.init_exit_code == 0);
  CHECK(trace.files.at(dir("mapped")) == FileUse{kRead | kMapped, true});
  CHECK(trace.files.at(dir("d")) == FileUse{kRead | kListed, true});
  for (const auto& [path, use] : trace.files) CHECK(path.find("memory") == std::string::npos);
}

SLIM_TRACEE(execs) {
  if (::vfork() == 0) {
    ::execl(dir("script").c_str(), "script", static_cast<char*>(nullptr));
    ::_exit(1);
  }
  int status = 0;
  ::wait(&status);
  ::execl(dir("not-there").c_str(), "x", static_cast<char*>(nullptr));
  const int program = ::open("/bin/true", O_PATH | O_CLOEXEC);
  char* argv[] = {const_cast<char*>("true"), nullptr};
  ::syscall(SYS_execveat, program, "", argv, nullptr, AT_EMPTY_PATH);
  return 1;
}

TEST_CASE("an exec tells the path, the script, its interpreter and what ran in the end", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  touch(dir("real-script"), "#!" + dir("interpreter") + "\n");
  REQUIRE(::chmod(dir("real-script").c_str(), 0755) == 0);
  REQUIRE(::symlink("real-script", dir("script").c_str()) == 0);
  // An interpreter that does not open the script itself.
  REQUIRE(::symlink("/bin/true", dir("interpreter").c_str()) == 0);
  char program[4096] = {};
  REQUIRE(::realpath("/bin/true", program));
  const auto trace = ebpf_test::run("execs");
  CHECK(trace.init_exit_code == 0);
  CHECK(trace.execs.count({dir("script"), program}) == 1);
  CHECK(found(trace, dir("script")));
  CHECK(found(trace, dir("interpreter")));
  CHECK(has_file(trace, program, kExecuted));
  CHECK(has_file(trace, dir("real-script"), kRead));
  CHECK(missing(trace, dir("not-there")));
  CHECK(trace.execs.count({program, program}) == 1);
  CHECK(trace.processes == 2);
}

SLIM_TRACEE(execs_nested) {
  if (::chdir(dir("").c_str()) != 0) return 1;
  ::execl(dir("outer").c_str(), "outer", static_cast<char*>(nullptr));
  return 1;
}

TEST_CASE("every script of a chain is told, with the interpreters as they are written", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  touch(dir("outer"), "#! ./inner with arguments\n");
  touch(dir("inner"), "#!/bin/true\n");
  REQUIRE(::chmod(dir("outer").c_str(), 0755) == 0);
  REQUIRE(::chmod(dir("inner").c_str(), 0755) == 0);
  char program[4096] = {};
  REQUIRE(::realpath("/bin/true", program));
  const auto trace = ebpf_test::run("execs_nested");
  CHECK(trace.init_exit_code == 0);
  CHECK(trace.execs.count({dir("outer"), program}) == 1);
  for (const auto& path : {dir("outer"), dir("./inner"), std::string("/bin/true")}) {
    CAPTURE(path);
    CHECK(found(trace, path));
  }
  CHECK(has_file(trace, dir("outer"), kRead));
  CHECK(has_file(trace, dir("inner"), kRead));
  CHECK(has_file(trace, program, kExecuted));
}

SLIM_TRACEE(goes_deep) {
  const std::string name(200, 'n');
  if (::chdir(dir("deep").c_str()) != 0) return 1;
  for (int i = 0; i < 30; ++i) {
    if (::mkdir(name.c_str(), 0700) != 0 || ::chdir(name.c_str()) != 0) return 1;
    if (i == 15) ::close(::open("still-known", O_CREAT | O_WRONLY, 0600));
  }
  ::close(::open("too-deep", O_CREAT | O_WRONLY, 0600));
  return 0;
}

TEST_CASE("a path that cannot be told whole is counted and never cut", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  REQUIRE(slim::make_directories(dir("deep")));
  const auto trace = ebpf_test::run("goes_deep");
  CHECK(trace.init_exit_code == 0);
  std::string known = dir("deep");
  for (int i = 0; i < 16; ++i) known += "/" + std::string(200, 'n');
  CHECK(has_file(trace, known + "/still-known", kCreated));
  CHECK_FALSE(trace.complete());
  CHECK(trace.losses.count("paths_truncated") == 1);
  for (const auto& [path, use] : trace.files) {
    CHECK(path.find("too-deep") == std::string::npos);
    CHECK(path.front() == '/');
  }
}

SLIM_TRACEE(many_levels) {
  if (::chdir(dir("levels").c_str()) != 0) return 1;
  for (int i = 0; i < 1500; ++i)
    if (::mkdir("x", 0700) != 0 || ::chdir("x") != 0) return 1;
  ::close(::open("bottom", O_CREAT | O_WRONLY, 0600));
  return 0;
}

TEST_CASE("any number of directories within PATH_MAX is followed", "[ebpf]") {
  if (!ebpf_test::usable()) return;
  REQUIRE(slim::make_directories(dir("levels")));
  const auto trace = ebpf_test::run("many_levels");
  CHECK(trace.init_exit_code == 0);
  CHECK(trace.complete());
  std::string bottom = dir("levels");
  for (int i = 0; i < 1500; ++i) bottom += "/x";
  CHECK(has_file(trace, bottom + "/bottom", kCreated));
}
