// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "slim/trace/import_calls.hpp"

using namespace slim::trace;

using Names = std::set<std::string>;

TEST_CASE("functions make the calls of their name, and those that they stand for", "[imports]") {
  CHECK(calls_of_imports({}).empty());
  CHECK(calls_of_imports({"dup", "strlen", "mount", "setuid", "ptrace"}) == Names{"dup"});
  CHECK(calls_of_imports({"remove"}) == Names{"unlink"});
  CHECK(calls_of_imports({"opendir"}) == Names{"fstat", "getdents64"});
  CHECK(calls_of_imports({"getaddrinfo"}).contains("sendmmsg"));
  CHECK(calls_of_imports({"acl_get_file"}) == Names{"fgetxattr", "getxattr"});
  CHECK(calls_of_imports({"popen"}).contains("wait4"));
}

TEST_CASE("facts of programs that were run are told from those of others", "[imports]") {
  CHECK(imported_call(kNeverRun, import_fact(kNeverRun, "dup")) == "dup");
  CHECK(imported_call(kRun, import_fact(kRun, "dup")) == "dup");
  CHECK(imported_call(kNeverRun, "dup").empty());
  CHECK(imported_call(kNeverRun, import_fact(kRun, "dup")).empty());
  CHECK(imported_call(kRun, import_fact(kNeverRun, "dup")).empty());
}
