// SPDX-License-Identifier: Apache-2.0
#include "slim/trace/tracer.hpp"
#include "trace/ptrace/ptrace_tracer.hpp"
#if SLIM_HAVE_EBPF
#include "trace/ebpf/ebpf_tracer.hpp"
#endif

namespace slim::trace {
namespace {

Result<std::unique_ptr<Tracer>> create_ebpf([[maybe_unused]] TracerOptions options) {
#if SLIM_HAVE_EBPF
  return create_ebpf_tracer(std::move(options));
#else
  return fail(ErrorCode::unsupported,
              "this slim was built without the eBPF tracer: use --tracer ptrace");
#endif
}

}  // namespace

Result<CreatedTracer> create_tracer(TracerChoice choice, TracerOptions options) {
  const bool adopt = options.adopt;
  if (adopt && choice == TracerChoice::ptrace)
    return fail(ErrorCode::unsupported, "ptrace follows a container from its start only");
  std::string note;
  if (choice != TracerChoice::ptrace) {
    auto made = create_ebpf(options);
    if (made) return CreatedTracer{std::move(*made), {}};
    const auto code = made.error().code();
    const bool may_fall_back = choice == TracerChoice::automatic && !adopt &&
                               (code == ErrorCode::permission || code == ErrorCode::unsupported);
    if (!may_fall_back) return tl::unexpected<Error>(std::move(made).error());
    note = "the eBPF tracer cannot be used here (" + made.error().text() +
           "); tracing with ptrace instead";
  }
  SLIM_TRY(auto tracer, create_ptrace_tracer(std::move(options)));
  return CreatedTracer{std::move(tracer), std::move(note)};
}

}  // namespace slim::trace
