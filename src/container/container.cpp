// SPDX-License-Identifier: Apache-2.0
#include "slim/container/container.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <future>
#include <nlohmann/json.hpp>

#include "container/mount_points.hpp"
#include "container/orphans.hpp"
#include "container/signals.hpp"
#include "container/state.hpp"
#include "slim/base/file.hpp"
#include "slim/base/log.hpp"
#include "slim/base/path.hpp"
#include "slim/base/process.hpp"

namespace slim::container {

namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

// A process that was sent SIGKILL ends at once unless the kernel or a tracer holds it.
constexpr seconds kKillGrace{10};
constexpr std::chrono::milliseconds kReapInterval{20};
// For clean_stale: how to drive the runtime, and whether a call of it is still under way.
constexpr const char* kRecord = "container.json";
constexpr const char* kLock = "runtime.lock";

Result<void> check_id(const std::string& id) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  if (id.empty() || id[0] == '.' || id.find_first_not_of(kAllowed) != std::string::npos)
    return fail(ErrorCode::usage, "'" + escape_bytes(id) + "' cannot name a container");
  return {};
}

// A run that is killed leaves this, and clean_stale() knows how to drive the same runtime.
Result<void> write_record(const std::string& path, const Runtime& runtime) {
  const nlohmann::json record = {{"program", runtime.program},
                                 {"global_arguments", runtime.global_arguments},
                                 {"hide_unified", runtime.hide_unified}};
  SLIM_TRY(const std::string text, dump_json(record, "the runtime's path"));
  SLIM_TRY(const Fd file, open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0600));
  return write_all(file, text, path);
}

std::optional<Runtime> read_record(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return std::nullopt;
  const auto record = nlohmann::json::parse(*text, nullptr, false);
  try {
    Runtime runtime;
    runtime.program = record.at("program").get<std::string>();
    runtime.name = std::string(name_of(runtime.program));
    runtime.global_arguments = record.at("global_arguments").get<std::vector<std::string>>();
    runtime.hide_unified = record.at("hide_unified").get<bool>();
    return runtime;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

Result<pid_t> read_pid(const std::string& path) {
  SLIM_TRY(const std::string text, read_file(path));
  pid_t pid = 0;
  std::from_chars(text.data(), text.data() + text.size(), pid);
  if (pid <= 0) return fail(ErrorCode::container, path + " holds no process id");
  return pid;
}

}  // namespace

std::string Container::State::path(const std::string& name) const {
  return join_path(request.directory, name);
}

RuntimePlace Container::State::place(const std::string& log_name) const {
  return {request.id, path("state"), path(log_name), path(kLock)};
}

Result<void> Container::State::run(const Interrupt& interrupt, const std::string& command,
                                   std::vector<std::string> arguments) {
  const auto where = place(command + ".log");
  return run_runtime(runtime, where, {command, std::move(arguments), -1, {}}, interrupt);
}

void Container::State::reap() const {
  siginfo_t info;
  if (pidfd)
    ::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED | WNOHANG);
}

Result<void> Container::State::wait_for_namespace() const {
  const auto end = steady_clock::now() + kKillGrace;
  for (;;) {
    SLIM_TRY(const auto gone,
             wait_readable({pidfd.get()}, {}, steady_clock::now() + kReapInterval));
    if (gone) return {};
    reap_namespace_orphans(pid);
    if (steady_clock::now() >= end)
      return fail(ErrorCode::container,
                  "the first process of the container does not end (pid " + std::to_string(pid) +
                      "): something holds it");
  }
}

Container::Container(std::unique_ptr<State> state) : state_(std::move(state)) {}
Container::Container(Container&&) noexcept = default;

Container::~Container() {
  if (!state_) return;
  if (const auto removed = remove(); !removed)
    logger("container")->debug("removing {}: {}", state_->request.id, removed.error().text());
  state_->reap();
}

Result<void> require_runtime(const std::string& runtime) {
  SLIM_CHECK(find_runtime(runtime, cgroup_layout()));
  return {};
}

Result<Container> Container::create(const Request& request, const Interrupt& interrupt) {
  SLIM_CHECK(interrupt.check());
  SLIM_CHECK(check_id(request.id));
  auto made = std::make_unique<State>();
  State& state = *made;
  state.request = request;
  state.config = *request.config;
  state.request.config = &state.config;
  state.removed = true;  // nothing to remove yet
  const CgroupLayout layout = cgroup_layout();
  SLIM_TRY(state.runtime, find_runtime(request.runtime, layout));
  SLIM_TRY(state.prepared, prepare(state.request, layout, interrupt));
  SLIM_CHECK(make_directories(state.path("state"), 0700));
  SLIM_CHECK(write_record(state.path(kRecord), state.runtime));
  state.log_path = state.path("log");
  SLIM_TRY(state.pump, LogPump::create(state.log_path));

  Container container(std::move(made));
  state.removed = false;  // from here on the destructor has work
  auto version = std::async(std::launch::async, [&] {
    return runtime_version(state.runtime, interrupt);
  });
  const RuntimeCall call{"create",
                         {"--bundle", state.prepared.bundle, "--pid-file", state.path("pid"),
                          request.id},
                         state.pump->write_fd(), request.before_exec};
  const auto created = run_runtime(state.runtime, state.place("create.log"), call, interrupt);
  state.version = version.get();
  SLIM_CHECK(created);
  const auto pid = read_pid(state.path("pid"));
  if (!pid)
    return fail(ErrorCode::container, state.runtime.program + " says that it has created the container, "
                                      "but not with which process; is it an OCI runtime?");
  state.pid = *pid;
  SLIM_TRY(state.pidfd, open_process(state.pid));
  auto mount_points = mount_points_of(state.pid);
  if (!mount_points)  // of a process that has ended
    return fail(ErrorCode::container,
                "the container ended before it was started: the runtime's own part of it needs more "
                "than the container is allowed, such as a system call of the seccomp profile");
  state.mount_points = std::move(*mount_points);
  return container;
}

const std::string& Container::id() const { return state_->request.id; }
pid_t Container::init_pid() const { return state_->pid; }
const Fd& Container::init_pidfd() const { return state_->pidfd; }
const Fd& Container::network_namespace() const { return state_->prepared.network_namespace; }
const std::string& Container::log_path() const { return state_->log_path; }
const std::string& Container::runtime() const { return state_->version; }
std::vector<std::string> Container::mount_points() const { return state_->mount_points; }
const std::vector<std::string>& Container::notes() const { return state_->prepared.notes; }
int Container::log_news_fd() const { return state_->pump->news_fd(); }

void Container::flush_log() const {
  state_->pump->take_news();
  state_->pump->flush();
}

Result<void> Container::start() { return state_->run({}, "start", {state_->request.id}); }

Result<void> Container::signal(const std::string& signal) {
  SLIM_TRY(const int number, parse_signal(signal));
  // A process that has ended but was not reaped takes signals silently.
  SLIM_TRY(const auto ended, wait_readable({state_->pidfd.get()}, {}, steady_clock::now()));
  if (!ended && ::syscall(SYS_pidfd_send_signal, state_->pidfd.get(), number, nullptr, 0) == 0)
    return {};
  if (ended || errno == ESRCH)
    return fail(ErrorCode::container, "the container has ended already: no signal was sent");
  return fail_errno("cannot send " + signal + " to the container");
}

Result<bool> Container::heeds(const std::string& signal) const {
  SLIM_TRY(const int number, parse_signal(signal));
  return heeds_signal(state_->pid, number);
}

Result<std::optional<Container::Ended>> Container::wait(const Interrupt& interrupt,
                                                        Deadline deadline) {
  SLIM_TRY(const auto ready, wait_readable({state_->pidfd.get()}, interrupt, deadline));
  if (!ready) return std::nullopt;
  flush_log();
  Ended ended;
  siginfo_t info = {};
  // WNOWAIT leaves it for a tracer's thread, for which this is the only report of the end.
  if (::waitid(P_PIDFD, static_cast<id_t>(state_->pidfd.get()), &info,
               WEXITED | WNOHANG | WNOWAIT) == 0 &&
      info.si_pid != 0)
    ended.status = ExitStatus::of(info);
  return ended;
}

Result<void> Container::remove() {
  State& state = *state_;
  if (std::exchange(state.removed, true)) return {};
  const Interrupt never;  // clean-up is not interrupted
  if (state.pidfd) {
    // The end of a pid namespace's first process ends all the others in it.
    ::syscall(SYS_pidfd_send_signal, state.pidfd.get(), SIGKILL, nullptr, 0);
    SLIM_CHECK(state.wait_for_namespace());
    // A tracer reaps what it follows; otherwise nobody else waits for it.
    if (!state.request.before_exec) state.reap();
  }
  const auto deleted = state.run(never, "delete", {"--force", state.request.id});
  remove_cgroups(cgroup_name(state.request.id));
  state.pump->flush();
  // Half a container that the runtime never registered is nothing to complain about.
  return state.pidfd ? deleted : Result<void>();
}

Result<void> become_subreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
    return fail_errno("cannot become the reaper of the container's processes");
  return {};
}

void clean_stale(const std::string& id, const std::string& directory) {
  if (!check_id(id)) return;
  if (const auto runtime = read_record(join_path(directory, kRecord))) {
    const auto alone = FileLock::acquire(join_path(directory, kLock));
    const RuntimePlace place{id, join_path(directory, "state"), join_path(directory, "delete.log"),
                             ""};
    const auto deleted = run_runtime(*runtime, place, {"delete", {"--force", id}, -1, {}}, {});
    if (!deleted) logger("container")->debug("cleaning up {}: {}", id, deleted.error().text());
  }
  remove_cgroups(cgroup_name(id));
  // Half a registration, which the runtime itself does not recognise.
  (void)remove_tree(join_path(directory, "state"));
}

}  // namespace slim::container
