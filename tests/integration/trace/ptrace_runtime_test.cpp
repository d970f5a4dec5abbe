// SPDX-License-Identifier: Apache-2.0
// The ptrace tracer following real runtimes: create, start, exec, kill.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <future>
#include <nlohmann/json.hpp>

#include "slim/base/child.hpp"
#include "slim/base/file.hpp"
#include "slim/trace/tracer.hpp"

using namespace slim;
using namespace slim::trace;
using nlohmann::json;

namespace {

struct Runtime {
  std::string program;
  std::vector<std::string> line;  // how it is started
};

std::vector<Runtime> runtimes() {
  std::vector<Runtime> found;
  if (find_program("runc")) found.push_back({"runc", {"runc"}});
  // crun refuses hybrid cgroups unless it cannot see them and is told to leave them alone.
  const std::string hide = "umount -l /sys/fs/cgroup/unified 2>/dev/null; exec \"$0\" \"$@\"";
  if (find_program("crun"))
    found.push_back(
        {"crun", {"unshare", "--mount", "sh", "-c", hide, "crun", "--cgroup-manager=disabled"}});
  return found;
}

void write_file(const std::string& path, std::string_view text, unsigned mode) {
  const auto file = open_file(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
  REQUIRE(file);
  REQUIRE(write_all(*file, text, path));
}

// A bundle whose root holds the static program /tracee and the directory /work.
class Bundle {
 public:
  Bundle(Runtime runtime, bool no_new_privileges, const std::string& tracee_case)
      : runtime_(std::move(runtime)), directory_(make_directory()) {
    const std::string root = directory_.path() + "/rootfs";
    for (const char* name : {"", "/work", "/proc", "/dev", "/sys"})
      REQUIRE(::mkdir((root + name).c_str(), 0755) == 0);
    const auto program = read_file(TRACEE_PATH);
    REQUIRE(program);
    write_file(root + "/tracee", *program, 0755);
    write_file(root + "/work/f", "file\n", 0644);
    write_config(no_new_privileges, tracee_case);
  }
  ~Bundle() { (void)run({"delete", "--force", id_}, nullptr); }

  // Runs the runtime with a tracer attached while it is held.
  ExitStatus run(const std::vector<std::string>& arguments, Tracer* tracer) {
    std::vector<std::string> argv = runtime_.line;
    argv.insert(argv.end(), {"--root", directory_.path() + "/state"});
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const Fd log(::open((directory_.path() + "/log").c_str(),
                        O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600));
    SpawnOptions options;
    options.stdout_fd = options.stderr_fd = log.get();
    if (tracer != nullptr) options.before_exec = [&](pid_t pid) { return tracer->follow(pid); };
    auto child = Child::spawn(argv, options);
    REQUIRE(child);
    const auto ended =
        child->wait(Interrupt(), std::chrono::steady_clock::now() + std::chrono::seconds(30));
    REQUIRE(ended);
    REQUIRE(*ended);
    if (!(*ended)->ok()) UNSCOPED_INFO(read_file(directory_.path() + "/log").value_or(""));
    return **ended;
  }

  pid_t create(Tracer& tracer) {
    const std::string pid_file = directory_.path() + "/pid";
    const auto status =
        run({"create", "--bundle", directory_.path(), "--pid-file", pid_file, id_}, &tracer);
    INFO(read_file(directory_.path() + "/log").value_or(""));
    REQUIRE(status.ok());
    const auto text = read_file(pid_file);
    REQUIRE(text);
    return std::atoi(text->c_str());
  }
  const std::string& id() const { return id_; }

 private:
  static TempDir make_directory() {
    auto made = TempDir::create("/tmp", "slim-runtime");
    REQUIRE(made);
    return std::move(*made);
  }

  void write_config(bool no_new_privileges, const std::string& tracee_case) {
    json namespaces = json::array();
    for (const char* type : {"pid", "mount", "network", "ipc", "uts"})
      namespaces.push_back({{"type", type}});
    const json caps = {"CAP_SYS_CHROOT", "CAP_KILL"};
    const json config = {
        {"ociVersion", "1.0.2"},
        {"process",
         {{"terminal", false},
          {"user", {{"uid", 0}, {"gid", 0}}},
          {"args", {"/tracee", tracee_case}},
          {"env", {"PATH=/"}},
          {"cwd", "/work"},
          {"capabilities", {{"bounding", caps}, {"effective", caps}, {"permitted", caps}}},
          {"noNewPrivileges", no_new_privileges}}},
        {"root", {{"path", "rootfs"}, {"readonly", false}}},
        {"mounts",
         {{{"destination", "/proc"}, {"type", "proc"}, {"source", "proc"}},
          {{"destination", "/dev"}, {"type", "tmpfs"}, {"source", "tmpfs"}}}},
        {"linux",
         {{"namespaces", namespaces},
          {"seccomp",
           {{"defaultAction", "SCMP_ACT_TRACE"},
            {"architectures", {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"}},
            {"syscalls",
             {{{"names", ptrace_assumed_syscalls()}, {"action", "SCMP_ACT_ALLOW"}}}}}}}}};
    write_file(directory_.path() + "/config.json", config.dump(), 0644);
  }

  Runtime runtime_;
  TempDir directory_;
  std::string id_ = "slim-test-" + std::to_string(::getpid());
};

std::unique_ptr<Tracer> make_tracer(const TracerOptions& options = {}) {
  auto made = create_tracer(TracerChoice::ptrace, options);
  REQUIRE(made);
  return std::move(made->tracer);
}

Trace finished(Tracer& tracer) {
  auto trace =
      tracer.finish(Interrupt(), std::chrono::steady_clock::now() + std::chrono::seconds(30));
  REQUIRE(trace);
  CHECK(trace->incomplete == std::vector<std::string>{});
  return std::move(*trace);
}

}  // namespace

TEST_CASE("a container of a real runtime is recorded from its first exec on", "[ptrace-runtime]") {
  const auto found = runtimes();
  if (found.empty()) WARN("skipped: neither runc nor crun is installed");
  for (const auto& runtime : found)
    for (const bool no_new_privileges : {false, true})
      DYNAMIC_SECTION(runtime.program << (no_new_privileges ? " without new privileges" : "")) {
        Bundle bundle(runtime, no_new_privileges, "open_read");
        const auto tracer = make_tracer();
        REQUIRE(tracer->attach(bundle.create(*tracer)));
        REQUIRE(bundle.run({"start", bundle.id()}, nullptr).ok());
        const Trace trace = finished(*tracer);
        CHECK(trace.init_exit_code == 0);
        CHECK(trace.processes == 1);
        CHECK(trace.files == std::map<std::string, FileUse>{{"/tracee", {kExecuted, true}},
                                                            {"/work/f", {kRead, true}}});
        CHECK(trace.execs == std::set<ExecUse>{{"/tracee", "/tracee"}});
        CHECK(trace.lookups.size() == 3);
        CHECK(trace.lookups.at("/work/f").found);
        CHECK(trace.lookups.at("/tracee").found);
        CHECK(trace.syscalls.count({"x86_64", "execve"}) == 1);
        CHECK(trace.syscalls.count({"x86_64", "pivot_root"}) == 0);
        CHECK(trace.syscalls.count({"x86_64", "mount"}) == 0);
      }
}

TEST_CASE("what is executed in a running container is recorded too", "[ptrace-runtime]") {
  for (const auto& runtime : runtimes()) DYNAMIC_SECTION(runtime.program) {
      Bundle bundle(runtime, false, "serve");
      std::promise<uint16_t> listening;
      TracerOptions options;
      options.on_socket = [&](const SocketUse& use) {
        if (use.action == SocketAction::listen) listening.set_value(use.port);
      };
      const auto tracer = make_tracer(options);
      REQUIRE(tracer->attach(bundle.create(*tracer)));
      REQUIRE(bundle.run({"start", bundle.id()}, nullptr).ok());
      CHECK(listening.get_future().get() == 7001);
      tracer->enter_phase(kServing);
      auto in_work = [&](const char* tracee_case) -> std::vector<std::string> {
        return {"exec", "--cwd", "/work", bundle.id(), "/tracee", tracee_case};
      };
      CHECK(bundle.run(in_work("access"), tracer.get()).code == 0);
      CHECK(bundle.run(in_work("fail"), tracer.get()).code == 3);
      tracer->enter_phase(kStopping);
      REQUIRE(bundle.run({"kill", bundle.id(), "KILL"}, nullptr).ok());
      const Trace trace = finished(*tracer);
      CHECK(trace.init_signal == 9);
      CHECK(trace.processes == 3);
      CHECK(trace.lookups.at("/work/f").found);
      CHECK(trace.syscalls.at({"x86_64", "access"}).phases == kServing);
      CHECK(trace.files == std::map<std::string, FileUse>{{"/tracee", {kExecuted, true}}});
    }
}

TEST_CASE("a chroot inside a container keeps container paths", "[ptrace-runtime]") {
  for (const auto& runtime : runtimes()) DYNAMIC_SECTION(runtime.program) {
      Bundle bundle(runtime, false, "chroot_here");
      const auto tracer = make_tracer();
      REQUIRE(tracer->attach(bundle.create(*tracer)));
      REQUIRE(bundle.run({"start", bundle.id()}, nullptr).ok());
      const Trace trace = finished(*tracer);
      CHECK(trace.init_exit_code == 0);
      CHECK(trace.files.at("/work/f") == FileUse{kRead, true});
      CHECK(trace.lookups.at("/work/f").found);
      CHECK(trace.lookups.at("/work/none").missing);
    }
}
