// SPDX-License-Identifier: Apache-2.0
// What each case of the program `tracee` is to leave in a trace. Paths without a leading slash are
// in the directory that the case runs in.
#pragma once

#include <string>
#include <vector>

#include "slim/trace/trace.hpp"

namespace slim::trace::test {

struct ExpectedLookup {
  const char* path;
  LookupUse use;
};
struct ExpectedFile {
  const char* path;
  uint32_t access;
};
struct ExpectedSocket {
  SocketAction action;
  const char* family;
  const char* protocol;
  const char* address;
  int port;  // -1: any but 0
  bool ephemeral = false;
  bool v6only = false;
  uint32_t user = 0;
};

struct ExpectedCase {
  const char* name;
  std::vector<ExpectedLookup> lookups;
  std::vector<ExpectedFile> files;
  std::vector<ExpectedSocket> sockets;
  const char* syscall = nullptr;  // must be in the trace
  unsigned processes = 1;
  int exit_code = 0;
  int signal = 0;
  const char* arch = nullptr;  // of `syscall`; the machine's if null
  std::vector<std::string> names{};  // "example.org A AAAA"
  unsigned names_lost = 0;
};

const std::vector<ExpectedCase>& expected_cases();

}  // namespace slim::trace::test
