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
  CHECK(never_run_call(never_run_fact("dup")) == "dup");
  CHECK(run_call(run_fact("dup")) == "dup");
  CHECK(never_run_call("dup").empty());
  CHECK(never_run_call(run_fact("dup")).empty());
  CHECK(run_call(never_run_fact("dup")).empty());
}
