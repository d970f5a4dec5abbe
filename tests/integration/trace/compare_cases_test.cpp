// SPDX-License-Identifier: Apache-2.0
// Every case of `tracee` under both tracers: each leaves exactly what the table says, and both
// leave the same.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <map>

#include "case_table.hpp"
#include "harness.hpp"
#include "slim/base/file.hpp"

using namespace slim;
using namespace slim::trace;
using namespace slim::trace::test;

namespace {

void write_file(const std::string& path, std::string_view text, unsigned mode) {
  const auto file = open_file(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
  REQUIRE(file);
  REQUIRE(write_all(*file, text, path));
}

// The directory a case runs in, as tracee.c says.
TempDir make_directory() {
  auto made = TempDir::create("/tmp", "slim-tracee");
  REQUIRE(made);
  const std::string& path = made->path();
  write_file(path + "/f", "file\n", 0644);
  write_file(path + "/s", "#!./tracee\n", 0755);
  write_file(path + "/ss", "#!./s\n", 0755);
  REQUIRE(::mkdir((path + "/d").c_str(), 0755) == 0);
  REQUIRE(::mkdir((path + "/e").c_str(), 0755) == 0);
  write_file(path + "/d/x", "x\n", 0644);
  REQUIRE(::symlink("f", (path + "/l").c_str()) == 0);
  REQUIRE(::symlink("tracee", (path + "/p").c_str()) == 0);
  REQUIRE(::symlink("nowhere", (path + "/dangling").c_str()) == 0);
  REQUIRE(::mkfifo((path + "/fifo").c_str(), 0644) == 0);
  const auto program = read_file(TRACEE_PATH);
  REQUIRE(program);
  write_file(path + "/tracee", *program, 0755);
  return std::move(*made);
}

Trace traced(TracerChoice choice, const std::string& name) {
  const TempDir directory = make_directory();
  HarnessOptions options;
  options.working_directory = directory.path();
  const auto result = run_traced(choice, {TRACEE_PATH, name}, options);
  if (!result) FAIL(result.error().text());
  // The same names whatever directory it was.
  Trace trace = result->trace;
  auto relative = [&](const std::string& path) {
    return path.starts_with(directory.path() + "/") ? path.substr(directory.path().size() + 1)
                                                    : path;
  };
  Trace renamed = trace;
  renamed.files.clear();
  renamed.lookups.clear();
  renamed.execs.clear();
  renamed.sockets.clear();
  for (const auto& [path, use] : trace.files) renamed.files[relative(path)] = use;
  for (const auto& [path, use] : trace.lookups) renamed.lookups[relative(path)] = use;
  for (const auto& exec : trace.execs)
    renamed.execs.insert({relative(exec.path), relative(exec.file)});
  for (SocketUse use : trace.sockets) {
    if (use.ephemeral) use.port = 1;
    renamed.sockets.insert(use);
  }
  return renamed;
}

std::string outcomes(const LookupUse& use) {
  return std::string(use.found ? " found" : "") + (use.missing ? " missing" : "") +
         (use.denied ? " denied" : "") + (use.writable ? " writable" : "");
}

std::string users_text(const SocketUse& use) {
  std::string result;
  for (const uint32_t user : use.users) result += " uid " + std::to_string(user);
  return result;
}

std::string text(const SocketUse& use) {
  return std::string(name(use.action)) + " " + use.family + " " + use.protocol + " " + use.address +
         " " + std::to_string(use.port) + (use.ephemeral ? " ephemeral" : "") +
         (use.v6only ? " v6only" : "") + users_text(use);
}

// What every run of a static program leaves, whatever it does.
void remove_common(Trace& trace) {
  trace.files.erase(TRACEE_PATH);
  trace.lookups.erase(TRACEE_PATH);
  trace.lookups.erase("/proc/self/exe");
  trace.execs.erase({TRACEE_PATH, TRACEE_PATH});
}

using Outcomes = std::set<std::string>;

Outcomes lookups_of(const Trace& trace) {
  Outcomes result;
  for (const auto& [path, use] : trace.lookups) result.insert(path + outcomes(use));
  return result;
}

// Texts, so that a difference can be read.
Outcomes files_of(const Trace& trace) {
  Outcomes result;
  for (const auto& [path, use] : trace.files)
    result.insert(path + " " + std::to_string(use.access) + (use.on_rootfs ? " on rootfs" : ""));
  return result;
}
std::set<std::string> execs_of(const Trace& trace) {
  std::set<std::string> result;
  for (const auto& exec : trace.execs) result.insert(exec.path + " -> " + exec.file);
  return result;
}
std::set<std::string> sockets_of(const Trace& trace) {
  std::set<std::string> result;
  for (const auto& use : trace.sockets)
    result.insert(text(use) + " " + use.process + " " + std::to_string(use.phases));
  return result;
}

// "example.org A AAAA /path/of/tracee"
Outcomes names_of(const Trace& trace) {
  Outcomes result;
  for (const auto& [name, use] : trace.names) {
    std::string line = name;
    for (const auto& type : use.types) line += " " + type;
    for (const auto& process : use.processes) line += " " + process;
    result.insert(std::move(line));
  }
  return result;
}
uint64_t names_lost(const Trace& trace) {
  const auto found = trace.losses.find(std::string(kNamesLost));
  return found == trace.losses.end() ? 0 : found->second;
}

Outcomes expected_lookups(const ExpectedCase& wanted) {
  Outcomes result;
  for (const auto& lookup : wanted.lookups)
    result.insert(lookup.path + outcomes(lookup.use));
  return result;
}

void check_against_table(const ExpectedCase& wanted, const Trace& trace) {
  CHECK(trace.incomplete == std::vector<std::string>{});
  CHECK(lookups_of(trace) == expected_lookups(wanted));
  std::map<std::string, uint32_t> files, expected_files;
  for (const auto& [path, use] : trace.files) files[path] = use.access;
  for (const auto& file : wanted.files) expected_files[file.path] = file.access;
  CHECK(files == expected_files);
  std::set<std::string> sockets, expected_sockets;
  for (const auto& use : trace.sockets) {
    sockets.insert(text(use));
    CHECK(use.process == TRACEE_PATH);
    CHECK(use.phases == kStarting);
  }
  for (const auto& socket : wanted.sockets) {
    SocketUse use;
    use.action = socket.action;
    use.family = socket.family;
    use.protocol = socket.protocol;
    use.address = socket.address;
    use.port = static_cast<uint16_t>(socket.port == -1 ? 1 : socket.port);
    use.ephemeral = socket.ephemeral;
    use.v6only = socket.v6only;
    use.users = {socket.user};
    expected_sockets.insert(text(use));
  }
  CHECK(sockets == expected_sockets);
  Outcomes names;
  for (const auto& name : wanted.names) names.insert(name + " " + TRACEE_PATH);
  CHECK(names_of(trace) == names);
  CHECK(names_lost(trace) == wanted.names_lost);
  if (wanted.syscall != nullptr) {
    INFO(wanted.syscall);
    const std::string arch = wanted.arch != nullptr ? wanted.arch : trace.architecture;
    CHECK(trace.syscalls.count({arch, wanted.syscall}) == 1);
  }
  CHECK(trace.processes == wanted.processes);
  if (wanted.signal != 0) {
    CHECK(trace.init_signal == wanted.signal);
  } else {
    CHECK(trace.init_exit_code == wanted.exit_code);
  }
}

std::set<std::string> observed_syscalls(const Trace& trace) {
  const auto& assumed = ptrace_assumed_syscalls();
  std::set<std::string> result;
  for (const auto& [call, use] : trace.syscalls) {
    if (std::find(assumed.begin(), assumed.end(), call.name) != assumed.end()) continue;
    const std::string name = call.arch + " " + call.name;
    result.insert(name);
    if (!use.arguments) continue;
    for (const auto& values : *use.arguments) {
      std::string text = name;
      for (const uint32_t value : values) text += " " + std::to_string(value);
      result.insert(text);
    }
  }
  return result;
}

bool ebpf_works() {
  static const bool works = create_tracer(TracerChoice::ebpf, {}).has_value();
  return works;
}

}  // namespace

TEST_CASE("the ptrace tracer records each case as the table says", "[ptrace]") {
  for (const auto& wanted : expected_cases()) {
    DYNAMIC_SECTION(wanted.name) {
      Trace trace = traced(TracerChoice::ptrace, wanted.name);
      remove_common(trace);
      if (trace.init_exit_code == 77) {
        WARN("skipped: this kernel does not have the call");
        continue;
      }
      check_against_table(wanted, trace);
    }
  }
}

TEST_CASE("both tracers record the same", "[compare]") {
  if (!ebpf_works()) {
    WARN("skipped: the eBPF tracer cannot be used here");
    return;
  }
  for (const auto& wanted : expected_cases()) {
    DYNAMIC_SECTION(wanted.name) {
      const Trace by_ptrace = traced(TracerChoice::ptrace, wanted.name);
      const Trace by_ebpf = traced(TracerChoice::ebpf, wanted.name);
      CHECK(files_of(by_ptrace) == files_of(by_ebpf));
      CHECK(execs_of(by_ptrace) == execs_of(by_ebpf));
      CHECK(lookups_of(by_ptrace) == lookups_of(by_ebpf));
      CHECK(sockets_of(by_ptrace) == sockets_of(by_ebpf));
      CHECK(names_of(by_ptrace) == names_of(by_ebpf));
      CHECK(names_lost(by_ptrace) == names_lost(by_ebpf));
      CHECK(observed_syscalls(by_ptrace) == observed_syscalls(by_ebpf));
      CHECK(by_ptrace.processes == by_ebpf.processes);
      CHECK(by_ptrace.init_exit_code.value_or(-1) == by_ebpf.init_exit_code.value_or(-1));
      CHECK(by_ptrace.init_signal.value_or(-1) == by_ebpf.init_signal.value_or(-1));
      CHECK(by_ptrace.incomplete == by_ebpf.incomplete);
    }
  }
}
