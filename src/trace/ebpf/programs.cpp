// SPDX-License-Identifier: Apache-2.0
#include "trace/ebpf/programs.hpp"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>

#include "slim/base/fd.hpp"
#include "slim/base/log.hpp"
#include "trace/ebpf/call_table.hpp"

#include "slim_bpf.skel.h"

namespace slim::trace {
namespace {

// Both sides must see the same bytes.
static_assert(sizeof(slim_call) == 8);
static_assert(sizeof(slim_event) == 32);
static_assert(offsetof(slim_event, value) == 4 && offsetof(slim_event, access) == 8);
static_assert(offsetof(slim_event, length) == 12 && offsetof(slim_event, family) == 20);
static_assert(offsetof(slim_event, socket_type) == 22 && offsetof(slim_event, protocol) == 24);
static_assert(offsetof(slim_event, user) == 28);
static_assert(sizeof(slim_losses) == 7 * sizeof(uint64_t));

constexpr uint32_t kDefaultRing = 16u << 20;
constexpr const char* kKernelBtf = "/sys/kernel/btf/vmlinux";

// libbpf prints what it has to say through one function for the whole process. The last warnings
// are kept for the error message; all goes to the debug log.
std::mutex warnings_mutex;
std::string warnings;

int collect(enum libbpf_print_level level, const char* format, va_list arguments) {
  char line[1024];
  va_list copy;
  va_copy(copy, arguments);
  std::vsnprintf(line, sizeof line, format, copy);
  va_end(copy);
  std::string text = line;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (level == LIBBPF_WARN) {
    std::lock_guard lock(warnings_mutex);
    if (warnings.size() < 4096) warnings += (warnings.empty() ? "" : "; ") + text;
  }
  logger("trace")->trace("libbpf: {}", text);
  return 0;
}

std::string first_warning() {
  std::lock_guard lock(warnings_mutex);
  const auto end = warnings.find_first_of("\n;");
  return warnings.substr(0, end);
}

Error load_error(int error_number) {
  const std::string why = first_warning();
  if (error_number == EPERM || error_number == EACCES)
    return Error(ErrorCode::permission,
                 "the BPF programs may not be loaded: this needs root in the initial user "
                 "namespace, or CAP_BPF and CAP_PERFMON (in a container: --privileged)");
  return Error(ErrorCode::unsupported,
               "the kernel does not take the BPF programs (" +
                   std::string(std::strerror(error_number)) + (why.empty() ? "" : ": " + why) +
                   "): Linux 5.13 or newer with CONFIG_DEBUG_INFO_BTF is needed");
}

struct FreeBtf {
  void operator()(btf* types) const { btf__free(types); }
};

struct FreeLink {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};

bool has_tracepoint(const btf& kernel, const std::string& name) {
  return btf__find_by_name_kind(&kernel, ("btf_trace_" + name).c_str(), BTF_KIND_TYPEDEF) > 0;
}

// Helpers are numbered in enum bpf_func_id.
bool has_helper(const btf& kernel, const char* name) {
  const int id = btf__find_by_name_kind(&kernel, "bpf_func_id", BTF_KIND_ENUM);
  if (id <= 0) return false;
  const btf_type* type = btf__type_by_id(&kernel, static_cast<uint32_t>(id));
  const struct btf_enum* values = btf_enum(type);
  for (unsigned i = 0; i < btf_vlen(type); ++i)
    if (std::strcmp(btf__name_by_offset(&kernel, values[i].name_off), name) == 0) return true;
  return false;
}

std::array<bpf_program*, 4> iterators(const slim_bpf& object) {
  return {object.progs.find_root, object.progs.adopt_task, object.progs.adopt_file,
          object.progs.adopt_map};
}

// Calls an iterator's program for all there is. It writes nothing, so reading only drives it.
Result<void> iterate(const bpf_program& program) {
  const std::string name = bpf_program__name(&program);
  const std::unique_ptr<bpf_link, FreeLink> link(bpf_program__attach_iter(&program, nullptr));
  if (!link) return tl::unexpected<Error>(load_error(errno).context("attaching " + name));
  const Fd iterator(bpf_iter_create(bpf_link__fd(link.get())));
  if (!iterator) return fail_errno("cannot run " + name);
  char none[64];
  for (;;) {
    const ssize_t length = ::read(iterator.get(), none, sizeof none);
    if (length == 0) return {};
    // EAGAIN: the kernel comes up for air after a million objects.
    if (length < 0 && errno != EAGAIN && errno != EINTR) return fail_errno("running " + name);
  }
}

int hand_over(void* context, void* data, size_t size) {
  if (size < sizeof(slim_event)) return 0;
  slim_event event;
  std::memcpy(&event, data, sizeof event);
  const auto* strings = static_cast<const char*>(data) + sizeof event;
  (*static_cast<Programs::OnEvent*>(context))(event, {strings, size - sizeof event});
  return 0;
}

}  // namespace

void Programs::CloseObject::operator()(slim_bpf* object) const { slim_bpf__destroy(object); }
void Programs::FreeRing::operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
Programs::Programs(Programs&&) noexcept = default;
Programs::~Programs() = default;

Result<void> Programs::open(const Options& options) {
  std::unique_ptr<btf, FreeBtf> kernel(btf__parse(kKernelBtf, nullptr));
  if (!kernel)
    return fail(ErrorCode::unsupported, std::string("the kernel tells nothing about its types (") +
                                            kKernelBtf + ": " + std::strerror(errno) +
                                            "): a kernel with CONFIG_DEBUG_INFO_BTF is needed");
  object_.reset(slim_bpf__open());
  if (!object_) return tl::unexpected<Error>(load_error(errno));

  const uint32_t ring_bytes = options.ring_bytes ? options.ring_bytes : kDefaultRing;
  if (const int error = bpf_map__set_max_entries(object_->maps.events, ring_bytes))
    return fail(ErrorCode::usage, "a ring buffer of " + std::to_string(ring_bytes) +
                                      " bytes cannot be made: " + std::strerror(-error));
  auto& constants = *object_->rodata;
  constants.wakeup_bytes = ring_bytes / 8;
  constants.have_loop = !options.assume_old && has_helper(*kernel, "BPF_FUNC_loop");
  constants.have_task_regs = !options.assume_old && has_helper(*kernel, "BPF_FUNC_task_pt_regs");
  if (::getrandom(constants.hash_seed, sizeof constants.hash_seed, 0) < 0)
    return fail_errno("getrandom");
  fill_call_table(constants.calls);
  constants.execve_number = SYS_execve;
  // Both are newer than the oldest kernel that the rest runs on.
  bpf_program__set_autoload(object_->progs.on_capable, has_tracepoint(*kernel, "cap_capable"));
  bpf_program__set_autoload(object_->progs.on_io_uring,
                            has_tracepoint(*kernel, "io_uring_submit_req"));
  adopt_ = options.adopt;
  for (bpf_program* iterator : iterators(*object_)) {
    bpf_program__set_autoload(iterator, adopt_);
    bpf_program__set_autoattach(iterator, false);  // they are run, and at a time of their own
  }
  return {};
}

Result<Programs> Programs::load(const Options& options, OnEvent on_event) {
  {
    std::lock_guard lock(warnings_mutex);
    warnings.clear();
  }
  libbpf_set_print(collect);
  Programs programs;
  SLIM_CHECK(programs.open(options));
  if (const int error = slim_bpf__load(programs.object_.get()))
    return tl::unexpected<Error>(load_error(-error));
  programs.on_event_ = std::make_unique<OnEvent>(std::move(on_event));
  programs.ring_.reset(ring_buffer__new(bpf_map__fd(programs.object_->maps.events), hand_over,
                                        programs.on_event_.get(), nullptr));
  if (!programs.ring_) return fail_errno("cannot map the BPF ring buffer");
  return programs;
}

Result<void> Programs::attach(uint32_t pid_namespace) {
  __atomic_store_n(&object_->bss->container_pidns, pid_namespace, __ATOMIC_SEQ_CST);
  if (adopt_) SLIM_CHECK(iterate(*object_->progs.find_root));
  if (const int error = slim_bpf__attach(object_.get()))
    return tl::unexpected<Error>(
        load_error(-error).context("attaching the BPF programs to their tracepoints"));
  if (adopt_) SLIM_CHECK_CONTEXT(adopt(), "taking over the processes of the container");
  return {};
}

Result<void> Programs::adopt() {
  if (object_->bss->root_dentry == 0)
    return fail(ErrorCode::not_found, "its first process is gone");
  __atomic_store_n(&object_->bss->adopting, 1u, __ATOMIC_SEQ_CST);
  SLIM_CHECK(iterate(*object_->progs.adopt_task));
  SLIM_CHECK(iterate(*object_->progs.adopt_file));
  SLIM_CHECK(iterate(*object_->progs.adopt_map));
  __atomic_store_n(&object_->bss->adopting, 0u, __ATOMIC_SEQ_CST);
  return {};
}

void Programs::detach() { slim_bpf__detach(object_.get()); }

void Programs::set_phase(unsigned index) {
  __atomic_store_n(&object_->bss->phase, index, __ATOMIC_RELAXED);
}

int Programs::ring_fd() const { return ring_buffer__epoll_fd(ring_.get()); }

Result<void> Programs::consume() {
  if (const int result = ring_buffer__consume(ring_.get()); result < 0)
    return fail_errno("reading the BPF ring buffer", -result);
  return {};
}

bool Programs::knows_capabilities() const {
  return bpf_program__autoload(object_->progs.on_capable);
}

bool Programs::knows_io_uring() const {
  return bpf_program__autoload(object_->progs.on_io_uring);
}

uint64_t Programs::capabilities(bool granted) const {
  return granted ? object_->bss->capabilities_granted : object_->bss->capabilities_denied;
}

uint64_t Programs::processes() const { return object_->bss->processes; }

std::optional<int> Programs::init_status() const {
  if (object_->bss->init_ended == 0) return std::nullopt;
  return object_->bss->init_status;
}

slim_losses Programs::losses() const { return object_->bss->losses; }

uint64_t Programs::missed_runs() const {
  uint64_t missed = 0;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object_->obj) {
    if (!bpf_program__autoload(program)) continue;
    bpf_prog_info info{};
    uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0)
      missed += info.recursion_misses;
  }
  return missed;
}

unsigned Programs::phases_of(unsigned abi, unsigned number) const {
  unsigned phases = 0;
  for (unsigned phase = 0; phase < SLIM_PHASES; ++phase)
    if (object_->bss->syscalls_seen[phase][abi][number]) phases |= 1u << phase;
  return phases;
}

}  // namespace slim::trace
