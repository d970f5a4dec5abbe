// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "slim/trace/go_calls.hpp"

using namespace slim::trace;

using Names = std::set<std::string>;

namespace {

std::string table(std::initializer_list<std::string_view> names) {
  std::string bytes(1, '\0');
  for (const std::string_view name : names) bytes.append(name).push_back('\0');
  return bytes;
}

}  // namespace

TEST_CASE("functions of Go's libraries are told from others' and from text", "[go]") {
  CHECK(go_functions_of(table({"main.main", "os.Rename", "vendor/golang.org/x/sys/unix.Flock",
                               "chaos.Rename", "a text of syscall.Kill"})) ==
        Names{"os.Rename", "golang.org/x/sys/unix.Flock"});
  CHECK(go_functions_of("syscall.Kill without an end").empty());
}

TEST_CASE("functions of Go's libraries make the calls that they are named like", "[go]") {
  CHECK(calls_of_go({}).empty());
  CHECK(calls_of_go({"syscall.renameat", "golang.org/x/sys/unix.Fdatasync", "syscall.Mount"}) ==
        Names{"renameat", "fdatasync"});
  CHECK(calls_of_go({"syscall.forkExec"}).contains("execve"));
  CHECK(calls_of_go({"net.ListenUDP"}).contains("recvfrom"));
}

TEST_CASE("what any Go program has for open files counts for those that make files", "[go]") {
  CHECK(calls_of_go({"internal/poll.(*FD).Pwrite", "syscall.pwrite"}).empty());
  CHECK(calls_of_go({"os.WriteFile"}) == Names{"fchmod", "fsync", "ftruncate", "pwrite64"});
}
