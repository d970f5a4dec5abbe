// SPDX-License-Identifier: Apache-2.0
#include "container/runtime.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "slim/base/file.hpp"
#include "slim/base/path.hpp"

namespace slim::container {

namespace {

// Far more than create, start or delete take: what lasts longer will never end.
constexpr std::chrono::seconds kPatience{120};

// What is known of a runtime on a layout. crun is smaller and faster, so it comes first, except
// where it does not work by itself: with v1 hierarchies and a v2 one that has controllers it
// refuses to start unless it cannot see the latter.
struct Behaviour {
  const char* name;
  CgroupLayout layout;
  int rank;  // lower is tried earlier
  bool hide_unified;
  const char* global_argument;  // "" for none
};

constexpr std::array kBehaviours = {
    Behaviour{"crun", CgroupLayout::unified, 1, false, ""},
    Behaviour{"runc", CgroupLayout::unified, 2, false, ""},
    Behaviour{"runc", CgroupLayout::hybrid, 1, false, ""},
    Behaviour{"crun", CgroupLayout::hybrid, 2, true, ""},
    Behaviour{"crun", CgroupLayout::legacy, 1, false, ""},
    Behaviour{"runc", CgroupLayout::legacy, 2, false, ""},
    Behaviour{"crun", CgroupLayout::none, 1, false, "--cgroup-manager=disabled"},
    Behaviour{"runc", CgroupLayout::none, 2, false, ""},
};

const Behaviour* behaviour_of(std::string_view name, CgroupLayout layout) {
  for (const auto& behaviour : kBehaviours)
    if (name == behaviour.name && layout == behaviour.layout) return &behaviour;
  return nullptr;
}

Runtime make_runtime(std::string program, CgroupLayout layout) {
  Runtime runtime;
  runtime.name = std::string(name_of(program));
  runtime.program = std::move(program);
  if (const auto* behaviour = behaviour_of(runtime.name, layout)) {
    runtime.hide_unified = behaviour->hide_unified;
    if (*behaviour->global_argument != 0)
      runtime.global_arguments.push_back(behaviour->global_argument);
  }
  return runtime;
}

// sbin is where Debian's runc is, and is not in every PATH.
std::optional<std::string> look_for(const std::string& name) {
  if (auto found = find_program(name)) return found;
  if (name.find('/') != std::string::npos) return std::nullopt;
  for (const std::string directory : {"/usr/local/sbin", "/usr/sbin", "/sbin"})
    if (auto found = find_program(join_path(directory, name))) return found;
  return std::nullopt;
}

// fork(2) copies the namespaces of the calling thread, so a child started from a thread with a
// mount namespace of its own sees what this thread sees.
Result<Relay> start_without_unified(const std::vector<std::string>& line,
                                    const RelayOptions& options) {
  std::optional<Result<Relay>> result;
  std::thread thread([&] {
    // unshare(CLONE_NEWNS) asks for a file system context that no other thread shares.
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0 ||
        ::umount2("/sys/fs/cgroup/unified", MNT_DETACH) != 0) {
      result.emplace(fail_errno("cannot hide the cgroup v2 hierarchy from the runtime"));
      return;
    }
    result.emplace(Relay::start(line, options));
  });
  thread.join();
  return std::move(*result);
}

}  // namespace

Result<Runtime> find_runtime(const std::string& wanted, CgroupLayout layout) {
  if (wanted.empty() || wanted == "auto") {
    for (int rank = 1; rank <= 2; ++rank)
      for (const auto& behaviour : kBehaviours)
        if (behaviour.layout == layout && behaviour.rank == rank)
          if (auto program = look_for(behaviour.name)) return make_runtime(*program, layout);
    return fail(ErrorCode::unsupported,
                "no OCI runtime is installed (looked for crun and runc in PATH and the sbin "
                "directories): install one of the packages crun, runc");
  }
  if (auto program = look_for(wanted)) return make_runtime(*program, layout);
  return fail(ErrorCode::unsupported, "the OCI runtime " + wanted +
                                          " is not there (looked for it as a program in PATH and "
                                          "the sbin directories)");
}

std::vector<std::string> runtime_line(const Runtime& runtime, const RuntimePlace& place,
                                      const RuntimeCall& call) {
  std::vector<std::string> line = {runtime.program};
  line.insert(line.end(), runtime.global_arguments.begin(), runtime.global_arguments.end());
  line.insert(line.end(), {"--root", place.state_directory, "--log", place.log_path,
                           "--log-format", "json", call.command});
  line.insert(line.end(), call.arguments.begin(), call.arguments.end());
  return line;
}

Result<Relay> start_runtime(const Runtime& runtime, const RuntimePlace& place,
                            const RuntimeCall& call) {
  const RelayOptions options{call.output_fd, call.before_exec, place.lock_path};
  const auto line = runtime_line(runtime, place, call);
  return runtime.hide_unified ? start_without_unified(line, options)
                              : Relay::start(line, options);
}

Result<void> run_runtime(const Runtime& runtime, const RuntimePlace& place,
                         const RuntimeCall& call, const Interrupt& interrupt) {
  SLIM_TRY(Relay relay, start_runtime(runtime, place, call));
  SLIM_TRY(const auto status, relay.wait(interrupt, std::chrono::steady_clock::now() + kPatience));
  if (!status)
    return fail(ErrorCode::container, runtime.name + " " + call.command + " did not end within " +
                                          std::to_string(kPatience.count()) +
                                          " s and was killed");
  if (status->ok()) return {};
  std::string said = last_error(place.log_path);
  const std::string failed = runtime.name + " " + call.command + " failed: ";  // runc says so itself
  if (said.starts_with(failed)) said.erase(0, failed.size());
  return fail(ErrorCode::container, failed + (said.empty() ? status->text() : said));
}

std::string last_error(const std::string& log_path) {
  const auto text = read_file(log_path);
  if (!text) return "";
  std::istringstream lines(*text);
  std::string said;
  for (std::string line; std::getline(lines, line);) {
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    if (!entry.is_object()) continue;
    const auto level = entry.value("level", nlohmann::json("error"));
    const auto message = entry.value("msg", nlohmann::json());
    if (message.is_string() && level == "error") said = message.get<std::string>();
  }
  while (!said.empty() && said.back() == '\n') said.pop_back();
  return said;
}

std::string runtime_version(const Runtime& runtime, const Interrupt& interrupt) {
  const auto output = run_command({runtime.program, "--version"}, interrupt, {}, 4096);
  if (!output) return runtime.name;
  // "runc version 1.1.5+ds1", "crun version 1.8.1"
  std::istringstream words(output->out);
  std::string name, word, version;
  words >> name >> word >> version;
  if (word != "version" || version.empty()) return runtime.name;
  return name + " " + version.substr(0, version.find('+'));
}

}  // namespace slim::container
