// SPDX-License-Identifier: Apache-2.0
#include "trace/ebpf/ebpf_tracer.hpp"

#include <fcntl.h>

#include <bit>
#include <chrono>
#include <future>
#include <string>
#include <system_error>
#include <thread>

#include "slim/base/fd.hpp"
#include "slim/base/process.hpp"
#include "trace/ebpf/call_table.hpp"
#include "trace/ebpf/event_reader.hpp"
#include "trace/ebpf/programs.hpp"
#include "trace/recorder.hpp"
#include "trace/syscall_names.hpp"

namespace slim::trace {
namespace {

constexpr std::chrono::seconds kFlushTime{10};

unsigned index_of(Phase phase) { return static_cast<unsigned>(std::countr_zero<uint32_t>(phase)); }

class EbpfTracer final : public Tracer {
 public:
  explicit EbpfTracer(TracerOptions options)
      : adopt_(options.adopt), recorder_(Backend::ebpf, std::move(options)), reader_(recorder_) {}
  ~EbpfTracer() override { stop(); }

  Result<void> load(const Programs::Options& options);
  Backend backend() const override { return Backend::ebpf; }
  Result<void> follow(pid_t) override { return {}; }
  Result<void> attach(pid_t init) override;
  void enter_phase(Phase phase) override;
  Result<Trace> snapshot() override;
  Result<Trace> finish(const Interrupt& interrupt, Deadline deadline) override;

 private:
  Result<void> start_thread();
  void run();
  void stop();
  void take_syscalls();
  void take_counts();
  void take_losses();

  const bool adopt_;
  Recorder recorder_;
  EventReader reader_;
  std::unique_ptr<Programs> programs_;
  Fd init_;  // pidfd
  Fd stop_;
  Fd flush_;  // asks the thread to read what is in the ring
  std::promise<void> flushed_;
  std::thread thread_;
};

Result<void> EbpfTracer::load(const Programs::Options& options) {
  SLIM_TRY(stop_, make_eventfd());
  SLIM_TRY(flush_, make_eventfd());
  SLIM_TRY(auto programs, Programs::load(options, [this](const slim_event& event, auto strings) {
    reader_.read(event, strings);
  }));
  programs_ = std::make_unique<Programs>(std::move(programs));
  return {};
}

Result<void> EbpfTracer::attach(pid_t init) {
  const std::string process = std::to_string(init);
  SLIM_TRY(init_, open_process(init));
  SLIM_TRY(const uint32_t container, pid_namespace_of(process));
  SLIM_TRY(const uint32_t own, pid_namespace_of("self"));
  SLIM_TRY(const bool first, is_first_of_namespace(init));
  if (container == own || !first)
    return fail(ErrorCode::unsupported,
                "process " + process +
                    " is not the first of a pid namespace of its own, so the container cannot be "
                    "told from the rest of the machine: run it without a shared pid namespace, or "
                    "use --tracer ptrace");
  // By now the runtime has made the container's root its own.
  if (auto root = open_file("/proc/" + process + "/root", O_PATH | O_DIRECTORY))
    reader_.set_root(std::move(*root));
  if (adopt_) {
    SLIM_TRY(const auto started, start_of(init));
    recorder_.begin_late(started);
  } else {
    recorder_.begin();
  }
  SLIM_CHECK(start_thread());
  if (auto attached = programs_->attach(container); !attached) {
    stop();
    return attached;
  }
  return {};
}

// Before the programs are attached: there may be more to adopt than the ring can hold.
Result<void> EbpfTracer::start_thread() {
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    return fail_errno("cannot start the tracer's thread", error.code().value());
  }
  return {};
}

void EbpfTracer::enter_phase(Phase phase) {
  recorder_.enter_phase(phase);
  programs_->set_phase(index_of(phase));
}

// Socket events wake this at once, everything else when the ring begins to fill.
void EbpfTracer::run() {
  const Interrupt never;
  for (;;) {
    const auto ready =
        wait_readable({stop_.get(), flush_.get(), programs_->ring_fd()}, never, std::nullopt);
    if (const auto read = programs_->consume(); !ready || !read) {
      recorder_.incomplete("events could not be read: " +
                           (ready ? read.error().text() : ready.error().text()));
      return;
    }
    if (*ready == 0u) return;
    if (*ready == 1u) {
      clear_eventfd(flush_);
      flushed_.set_value();
    }
  }
}

Result<Trace> EbpfTracer::snapshot() {
  if (!thread_.joinable())
    return fail(ErrorCode::internal, "the eBPF tracer is not attached to anything");
  flushed_ = {};
  auto done = flushed_.get_future();
  signal_eventfd(flush_);
  if (done.wait_for(kFlushTime) != std::future_status::ready)
    return fail(ErrorCode::io, "the tracer does not read its events any more");
  take_syscalls();
  return recorder_.copy();
}

void EbpfTracer::stop() {
  if (!thread_.joinable()) return;
  programs_->detach();
  signal_eventfd(stop_);
  thread_.join();
}

Result<Trace> EbpfTracer::finish(const Interrupt& interrupt, Deadline deadline) {
  if (!thread_.joinable())
    return fail(ErrorCode::internal, "the eBPF tracer is not attached to anything");
  // The first process of a pid namespace ends only after all others in it are gone, those of nested
  // namespaces and those that joined from outside among them (zap_pid_ns_processes()).
  if (!adopt_) {
    SLIM_TRY(const auto ended, wait_readable({init_.get()}, interrupt, deadline));
    if (!ended) recorder_.incomplete("the container was still running when tracing had to end");
  }
  stop();
  SLIM_CHECK(programs_->consume());
  reader_.settle_connections();
  reader_.drop_root();
  take_counts();
  take_losses();
  return recorder_.take();
}

void EbpfTracer::take_syscalls() {
  for (unsigned abi = 0; abi < SLIM_ABIS; ++abi) {
    const auto arch = arch_of_abi(abi);
    if (!arch) continue;
    for (unsigned number = 0; number < SLIM_MAX_CALLS; ++number)
      if (const unsigned phases = programs_->phases_of(abi, number))
        recorder_.syscall(*arch, static_cast<int>(number), phases);
  }
}

void EbpfTracer::take_counts() {
  take_syscalls();
  for (uint64_t i = 0; i < programs_->processes(); ++i) recorder_.process_seen();
  // The code is in the second byte, the signal in the lowest seven bits.
  if (const auto status = programs_->init_status())
    recorder_.init_ended((*status >> 8) & 0xff, *status & 0x7f);
  if (!programs_->knows_capabilities()) return;
  recorder_.capabilities_are_known();
  for (const bool granted : {false, true})
    for (uint64_t left = programs_->capabilities(granted); left; left &= left - 1)
      recorder_.capability(std::countr_zero(left), granted);
}

void EbpfTracer::take_losses() {
  const slim_losses losses = programs_->losses();
  recorder_.loss("events_lost", losses.events_lost,
                 "events were lost because the ring buffer was full");
  recorder_.loss("paths_truncated", losses.paths_truncated,
                 "some paths were too long to be followed to the root");
  recorder_.loss("strings_unreadable", losses.strings_unreadable,
                 "some arguments could not be read from the program's memory");
  recorder_.loss("unresolved_paths", losses.unresolved_paths,
                 "some files of the image were used under a name that could not be told");
  recorder_.loss("map_full", losses.tasks_lost, "the kernel had no memory to follow some tasks");
  recorder_.loss("io_uring_paths", losses.io_uring_paths,
                 "files or sockets were used through io_uring, which makes no system calls");
  recorder_.names_lost(losses.names_lost);
  recorder_.loss("missed_runs", programs_->missed_runs(),
                 "the kernel left out runs of the tracing programs");
  if (reader_.saw_malformed()) recorder_.incomplete("the kernel sent events that make no sense");
  if (programs_->knows_io_uring()) return;
  const auto native = arch_of_abi(SLIM_ABI_NATIVE);
  if (const auto number = syscall_number(*native, "io_uring_setup");
      number && programs_->phases_of(SLIM_ABI_NATIVE, static_cast<unsigned>(*number)))
    recorder_.loss("io_uring_paths", 1,
                   "io_uring was used, and this kernel does not tell what for");
}

}  // namespace

Result<std::unique_ptr<Tracer>> create_ebpf_tracer(TracerOptions options) {
  const Programs::Options programs{.ring_bytes = options.ring_bytes,
                                   .assume_old = options.assume_old,
                                   .adopt = options.adopt};
  auto tracer = std::make_unique<EbpfTracer>(std::move(options));
  SLIM_CHECK_CONTEXT(tracer->load(programs), "starting the eBPF tracer");
  return tracer;
}

}  // namespace slim::trace
