// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "slim/trace/import_calls.hpp"
#include "slim/trace/script_calls.hpp"

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
  CHECK(calls_of_imports({"creat64", "nice"}) == Names{"creat", "getpriority", "setpriority"});
  CHECK(calls_of_imports({"timer_settime"}) == Names{"timer_settime"});
  CHECK(calls_of_imports({"semop"}) == Names{"semop", "semtimedop"});
  CHECK(calls_of_imports({"getpwnam_r"}).contains("lseek"));
}

TEST_CASE("functions of an older C library make its calls", "[imports]") {
  CHECK(calls_of_older_imports({"stat", "fstat", "__fxstatat"}).empty());
  CHECK(calls_of_older_imports({"__xstat", "__lxstat64", "__fxstat"}) == Names{"fstat", "lstat", "stat"});
}

TEST_CASE("functions that scripts name make calls that nothing else tells of", "[imports]") {
  CHECK(calls_of_script({}).empty());
  CHECK(calls_of_script({"posix_mkfifo"}) == Names{"mknod", "mknodat"});
  CHECK(calls_of_script({"shm_attach", "truncate"}) == Names{"shmat", "shmctl", "shmdt", "shmget"});
  CHECK(calls_of_script({"nice", "os.nice"}) == Names{"getpriority", "setpriority"});
  CHECK(calls_of_script({"posix_setuid", "mount", "nice"}).empty());
}

TEST_CASE("C++'s library makes calls for its own functions", "[imports]") {
  CHECK(calls_of_imports({"_ZNSt10filesystem6renameERKNS_7__cxx114pathES3_"}) == Names{"rename"});
  CHECK(calls_of_imports({"_ZNSt10filesystem7__cxx114pathC1Ev"}).empty());
  CHECK(calls_of_imports({"_ZNSt6thread15_M_start_threadESt10unique_ptr"}).contains("clone"));
  CHECK(calls_of_imports({"_ZNSt14basic_ofstreamIcSt11char_traitsIcEE4openE"}).contains("writev"));
}

TEST_CASE("of a library, those calls count that it makes for one use and not for another", "[imports]") {
  CHECK(library_calls_of_imports({"connect", "getuid", "mlock", "poll", "rename"}) ==
        Names{"connect", "poll", "rename"});
}

TEST_CASE("facts of programs that were run are told from those of others", "[imports]") {
  CHECK(imported_call(kNeverRun, import_fact(kNeverRun, "dup")) == "dup");
  CHECK(imported_call(kRun, import_fact(kRun, "dup")) == "dup");
  CHECK(imported_call(kNeverRun, "dup").empty());
  CHECK(imported_call(kNeverRun, import_fact(kRun, "dup")).empty());
  CHECK(imported_call(kRun, import_fact(kNeverRun, "dup")).empty());
}
