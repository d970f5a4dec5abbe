// SPDX-License-Identifier: Apache-2.0
#include "slim/verify/observe.hpp"

#include "slim/base/log.hpp"
#include "slim/container/probe.hpp"
#include "slim/trace/tracer.hpp"
#include "verify/lifetimes.hpp"

namespace slim::verify {

namespace {

using End = Observation::End;
using Ports = std::vector<container::OpenPort>;

// Nothing when they cannot be had: then their lifetimes are not known.
std::optional<Ports> open_ports(const container::Existing& container) {
  auto open = container::open_ports(container.network_namespace());
  if (open) return std::move(*open);
  logger("verify")->debug("open ports: {}", open.error().text());
  return std::nullopt;
}

std::vector<uint16_t> tcp_numbers(const std::optional<Ports>& open) {
  std::vector<uint16_t> numbers;
  for (const auto& port : open.value_or(Ports()))
    if (port.tcp) numbers.push_back(port.number);
  return numbers;
}

Result<End> run_probe(const ObserveRequest& request, const Interrupt& interrupt, Deadline deadline,
                      std::string& failure) {
  const container::Existing& beside = *request.container;
  const auto status = container::run_probe(
      {request.id, beside.init_pid(), &beside.network_namespace()}, request.probe,
      tcp_numbers(open_ports(beside)), request.output_fd, interrupt, deadline);
  if (status) {
    if (!status->ok()) failure = "the probe " + status->ended();
    return End::probe;
  }
  if (status.error().code() == ErrorCode::interrupted) return End::told;
  if (status.error().code() != ErrorCode::probe) return tl::unexpected<Error>(status.error());
  failure = status.error().text();
  return End::probe;
}

Result<End> wait(const ObserveRequest& request, const Interrupt& interrupt, Deadline deadline) {
  const auto ended =
      wait_readable({request.container->init_pidfd().get()}, interrupt, deadline);
  if (ended) return *ended ? End::ended : End::duration;
  if (ended.error().code() == ErrorCode::interrupted) return End::told;
  return tl::unexpected<Error>(ended.error());
}

}  // namespace

Result<Observation> observe(const ObserveRequest& request, const Interrupt& interrupt) {
  const container::Existing& container = *request.container;
  trace::TracerOptions options;
  options.adopt = true;
  auto created = trace::create_tracer(trace::TracerChoice::ebpf, std::move(options));
  if (!created)
    return tl::unexpected<Error>(std::move(created).error().context(
        "a running container is observed with eBPF alone, for ptrace would disturb it"));
  trace::Tracer& tracer = *created->tracer;
  tracer.enter_phase(trace::kServing);
  SLIM_CHECK_CONTEXT(tracer.attach(container.init_pid()), "cannot attach the tracer");
  Deadline deadline;
  if (request.duration) deadline = std::chrono::steady_clock::now() + *request.duration;
  request.attached();

  Observation seen;
  if (request.probe.empty()) {
    SLIM_TRY(seen.end, wait(request, interrupt, deadline));
  } else {
    SLIM_TRY(seen.end, run_probe(request, interrupt, deadline, seen.failure));
  }
  const auto open = open_ports(container);
  SLIM_TRY(seen.trace, tracer.finish(Interrupt(), std::nullopt));
  seen.trace.mount_points = container.mount_points();
  if (open && seen.end != End::ended) mark_lifetimes(seen.trace, *open);
  return seen;
}

}  // namespace slim::verify
