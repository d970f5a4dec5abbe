// SPDX-License-Identifier: Apache-2.0
// strace(1) as the outside witness: what it sees a program ask for is what the trace has.
#include <catch2/catch.hpp>
#include <map>
#include <regex>
#include <sstream>

#include "harness.hpp"
#include "slim/base/child.hpp"
#include "slim/base/file.hpp"

using namespace slim;
using namespace slim::trace;
using namespace slim::trace::test;

namespace {

// A program of one process and thread that opens, lists, maps and misses a lot.
const std::vector<std::string> kCommand = {
    "/usr/bin/python3", "-Bc", "import json, ssl, sqlite3, email, os; os.listdir('/usr/share')"};

using Lookups = std::map<std::string, LookupUse>;

// Lines such as: openat(AT_FDCWD</>, "etc/x", O_RDONLY) = -1 ENOENT (No such file or directory)
Lookups strace_lookups() {
  const auto directory = TempDir::create("/tmp", "slim-strace");
  REQUIRE(directory);
  const std::string output = directory->path() + "/out";
  std::vector<std::string> argv = {"strace", "-y", "-s", "4096", "-e", "trace=%file", "-o", output};
  argv.insert(argv.end(), kCommand.begin(), kCommand.end());
  SpawnOptions options;
  options.working_directory = "/";
  const auto done = run_command(argv, Interrupt(), options);
  REQUIRE(done);
  REQUIRE(done->status.ok());
  const auto text = read_file(output);
  REQUIRE(text);
  static const std::regex line_of(
      R"re(^\w+\((?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"([^"]+)".*)re"
      R"re(\)\s+= (-?\d+)(?:<[^>]*>)?(?: (E\w+))?.*)re");
  Lookups result;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, line_of)) continue;
    const std::string base = match[1].matched ? match[1].str() : "/", path = match[2];
    const std::string whole = path.starts_with('/') ? path : (base == "/" ? "" : base) + "/" + path;
    const bool missing = match[4] == "ENOENT" || match[4] == "ENOTDIR" || match[4] == "ELOOP";
    auto& use = result[whole];
    (missing ? use.missing : use.found) = true;
  }
  return result;
}

std::set<std::string> difference(const Lookups& a, const Lookups& b) {
  std::set<std::string> result;
  for (const auto& [path, use] : a) {
    const auto other = b.find(path);
    if (other == b.end() || !(other->second == use)) result.insert(path);
  }
  return result;
}

}  // namespace

TEST_CASE("the lookups are those that strace shows", "[compare]") {
  if (!find_program("strace") || !find_program("python3")) {
    WARN("skipped: strace or python3 is not installed");
    return;
  }
  const Lookups shown = strace_lookups();
  REQUIRE(shown.size() > 100);
  for (const auto choice : {TracerChoice::ptrace, TracerChoice::ebpf}) {
    HarnessOptions options;
    options.quiet = true;
    const auto result = run_traced(choice, kCommand, options);
    if (!result && choice == TracerChoice::ebpf &&
        (result.error().code() == ErrorCode::permission ||
         result.error().code() == ErrorCode::unsupported)) {
      WARN("skipped with eBPF: " << result.error().text());
      continue;
    }
    REQUIRE(result);
    INFO(name(result->trace.backend));
    CHECK(result->trace.complete());
    CHECK(result->trace.init_exit_code == 0);
    CHECK(difference(shown, result->trace.lookups) == std::set<std::string>{});
    CHECK(difference(result->trace.lookups, shown) == std::set<std::string>{});
  }
}
