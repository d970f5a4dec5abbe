// SPDX-License-Identifier: Apache-2.0
// Profiles have to let real runtimes start a container, every time: under runc and crun, with the
// filter installed early (Docker's way) and late (noNewPrivileges), as root and as a user.
#include <catch2/catch.hpp>

#include <elf.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "slim/base/file.hpp"
#include "slim/policy/seccomp.hpp"
#include "support/elf_header.hpp"

using namespace slim::policy;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr int kStarts = 20;

// The smallest program: exit_group(0).
std::string tiny_program() {
#if defined(__x86_64__)
  const std::string code("\x31\xff\xb8\xe7\x00\x00\x00\x0f\x05", 9);
  constexpr uint16_t kMachine = EM_X86_64;
#else
  const std::string code("\x00\x00\x80\xd2\xc8\x0b\x80\xd2\x01\x00\x00\xd4", 12);
  constexpr uint16_t kMachine = EM_AARCH64;
#endif
  constexpr uint64_t kBase = 0x400000;
  Elf64_Ehdr header = slim::test::elf_header(ET_EXEC, kMachine);
  header.e_entry = kBase + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  Elf64_Phdr load{};
  load.p_type = PT_LOAD;
  load.p_flags = PF_R | PF_X;
  load.p_vaddr = kBase;
  load.p_filesz = load.p_memsz = sizeof header + sizeof load + code.size();
  load.p_align = 4096;
  std::string bytes(sizeof header + sizeof load, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &load, sizeof load);
  return bytes + code;
}

bool run(const std::string& command) {
  // `crun start` waits for ever for a process that its filter has killed off.
  const std::string quiet = "timeout 20 " + command + " >/dev/null 2>&1";
  return std::system(quiet.c_str()) == 0;
}

struct Runtime {
  std::string name;
  std::string prefix;  // "... run" needs the bundle and a name
};

class Bundle {
 public:
  Bundle() : directory_(*slim::TempDir::create(fs::temp_directory_path(), "slim-policy")) {
    fs::create_directories(path() + "/rootfs/bin");
    for (const char* name : {"proc", "dev", "sys", "etc"}) {
      fs::create_directories(path() + "/rootfs/" + name);
    }
    fs::permissions(path(), fs::perms(0755));
    REQUIRE(slim::write_file_atomically(path() + "/rootfs/bin/tiny", tiny_program(), 0755));
  }
  const std::string& path() const { return directory_.path(); }

  void configure(const json& seccomp, bool no_new_privileges, bool root) {
    json process = {{"terminal", false},
                    {"user", root ? json{{"uid", 0}, {"gid", 0}}
                                  : json{{"uid", 33}, {"gid", 33}, {"additionalGids", {4, 5}}}},
                    {"args", {"/bin/tiny"}},
                    {"env", {"PATH=/bin"}},
                    {"cwd", root ? "/" : "/bin"},
                    {"noNewPrivileges", no_new_privileges}};
    json capabilities;
    for (const char* set : {"bounding", "effective", "permitted"}) {
      capabilities[set] = docker_default_capabilities();
    }
    process["capabilities"] = capabilities;
    json namespaces = json::array();
    for (const char* type : {"pid", "network", "ipc", "uts", "mount"}) {
      namespaces.push_back({{"type", type}});
    }
    const json config = {
        {"ociVersion", "1.0.2"},
        {"process", process},
        {"root", {{"path", "rootfs"}}},
        // A /dev of its own: newer runc does not make one where there already is one.
        {"mounts",
         {{{"destination", "/proc"}, {"type", "proc"}, {"source", "proc"}},
          {{"destination", "/dev"}, {"type", "tmpfs"}, {"source", "tmpfs"}}}},
        {"linux", {{"namespaces", namespaces}, {"seccomp", seccomp}}}};
    REQUIRE(slim::write_file_atomically(path() + "/config.json", config.dump()));
  }

  // Created and started in one.
  bool run_at_once(const Runtime& runtime, int number) const {
    return run(command(runtime, "run --bundle " + path(), number));
  }

  // As engines do: created, and started by a second call for which the first process waits under its
  // filter. Its exit status tells whether it got to the program.
  bool start(const Runtime& runtime, int number) const {
    const std::string pid_file = path() + "/pid";
    fs::remove(pid_file);
    bool started = run(command(runtime, "create --pid-file " + pid_file + " --bundle " + path(),
                               number)) &&
                   run(command(runtime, "start", number));
    if (const auto pid = slim::read_file(pid_file)) {
      if (!started) ::kill(std::stoi(*pid), SIGKILL);
      int status = -1;
      started &= ::waitpid(std::stoi(*pid), &status, 0) > 0 && status == 0;
    }
    run(command(runtime, "delete --force", number));
    return started;
  }

 private:
  static std::string command(const Runtime& runtime, const std::string& what, int number) {
    const bool quoted = runtime.prefix.find('\'') != std::string::npos;
    return runtime.prefix + " " + what + " slim-policy-" + runtime.name + "-" +
           std::to_string(getpid()) + "-" + std::to_string(number) + (quoted ? "'" : "");
  }
  slim::TempDir directory_;
};

// The runtimes that work here without any profile. crun refuses hybrid cgroups unless it cannot see
// them.
std::vector<Runtime> runtimes(Bundle& bundle) {
  const std::string state = bundle.path() + "/state";
  const Runtime candidates[] = {
      {"runc", "runc --root " + state + "-runc"},
      {"crun", "crun --cgroup-manager=disabled --root " + state + "-crun"},
      {"crun",
       "unshare -m sh -c 'umount /sys/fs/cgroup/unified; exec crun "
       "--cgroup-manager=disabled --root " +
           state + "-crun"}};
  bundle.configure({{"defaultAction", "SCMP_ACT_ALLOW"}}, false, true);
  // The containers' first processes become this process's children when the runtime has ended.
  REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
  std::vector<Runtime> working;
  for (const Runtime& candidate : candidates) {
    if (!working.empty() && working.back().name == candidate.name) continue;
    if (bundle.start(candidate, 1000)) working.push_back(candidate);
  }
  return working;
}

SeccompProfile profile_of_nothing(const SeccompChoices& choices = {}) {
  slim::trace::Trace trace;
  return seccomp_from_trace(trace, docker_default(docker_default_capabilities()), choices);
}

// For this runtime alone, started so.
SeccompProfile narrowest(const Runtime& runtime, bool no_new_privileges) {
  SeccompChoices choices;
  choices.runtime = runtime.name == "runc" ? ProfileRuntime::runc : ProfileRuntime::crun;
  choices.no_new_privileges = no_new_privileges;
  return profile_of_nothing(choices);
}

}  // namespace

TEST_CASE("a profile with nothing but the floor starts containers every time", "[start]") {
  if (geteuid() != 0) {
    WARN("skipped: starting containers needs root");
    return;
  }
  Bundle bundle;
  const auto working = runtimes(bundle);
  if (working.empty()) WARN("skipped: neither runc nor crun works here");
  for (const Runtime& runtime : working) {
    for (const bool no_new_privileges : {false, true}) {
      for (const bool root : {true, false}) {
        const auto profile = narrowest(runtime, no_new_privileges);
        bundle.configure(json::parse(to_json(profile)), no_new_privileges, root);
        int started = 0;
        for (int i = 0; i < kStarts; ++i) started += bundle.start(runtime, i) ? 1 : 0;
        int ran = 0;
        for (int i = 0; i < kStarts / 4; ++i) ran += bundle.run_at_once(runtime, i) ? 1 : 0;
        INFO(runtime.name << (no_new_privileges ? " noNewPrivileges" : "")
                          << (root ? " root" : " user"));
        CHECK(started == kStarts);
        CHECK(ran == kStarts / 4);
      }
    }
  }
}

TEST_CASE("the profile is in force, and the floor has a reason", "[start]") {
  if (geteuid() != 0) {
    WARN("skipped: starting containers needs root");
    return;
  }
  Bundle bundle;
  for (const Runtime& runtime : runtimes(bundle)) {
    SeccompProfile profile = profile_of_nothing();
    bundle.configure(json::parse(to_json(profile)), false, false);
    CHECK(bundle.start(runtime, 0));
    for (SeccompRule& rule : profile.rules) std::erase(rule.names, "capset");
    std::erase_if(profile.rules, [](const SeccompRule& rule) { return rule.names.empty(); });
    bundle.configure(json::parse(to_json(profile)), false, false);
    INFO(runtime.name);
    CHECK_FALSE(bundle.start(runtime, 0));
  }
}

TEST_CASE("Docker's default profile starts containers", "[start]") {
  if (geteuid() != 0) {
    WARN("skipped: starting containers needs root");
    return;
  }
  Bundle bundle;
  for (const Runtime& runtime : runtimes(bundle)) {
    bundle.configure(json::parse(to_json(docker_default(docker_default_capabilities()))), false,
                     false);
    INFO(runtime.name);
    CHECK(bundle.start(runtime, 0));
  }
}
