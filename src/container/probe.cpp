// SPDX-License-Identifier: Apache-2.0
#include "slim/container/probe.hpp"

#include <signal.h>

#include "container/orphans.hpp"

namespace slim::container {

namespace {

std::string joined(const std::vector<uint16_t>& ports) {
  std::string text;
  for (const uint16_t port : ports) text += (text.empty() ? "" : ",") + std::to_string(port);
  return text;
}

}  // namespace

ProbePlace probe_place(const Container& container) {
  return {container.id(), container.init_pid(), &container.network_namespace()};
}

Result<ExitStatus> run_probe(const ProbePlace& place, const std::vector<std::string>& argv,
                             const std::vector<uint16_t>& ports, int output_fd,
                             const Interrupt& interrupt, Deadline deadline) {
  if (argv.empty()) return fail(ErrorCode::usage, "the probe has no command");
  SpawnOptions options;
  options.extra_environment = {"SLIM_CONTAINER_ID=" + place.id,
                               "SLIM_CONTAINER_PID=" + std::to_string(place.pid),
                               "SLIM_PORTS=" + joined(ports)};
  options.stdout_fd = options.stderr_fd = output_fd;
  options.network_namespace_fd = place.network_namespace->get();
  options.new_process_group = true;
  const LeftBehind left_behind;
  auto spawned = Child::spawn(argv, options);
  if (!spawned) {
    Error error = std::move(spawned).error();
    if (error.code() != ErrorCode::not_found) error = std::move(error).as(ErrorCode::usage);
    return tl::unexpected<Error>(std::move(error).context("the probe cannot be run"));
  }
  Child child = std::move(*spawned);
  SLIM_TRY(const auto ended, wait_readable({child.pidfd().get()}, interrupt, deadline));
  // What it left running in the background ends with it: its group, which is its own until it is
  // reaped, and then who has left that.
  ::kill(-child.pid(), SIGKILL);
  if (!ended)
    return fail(ErrorCode::probe, "the probe did not end in time and was killed: " + argv[0]);
  SLIM_TRY(const auto status, child.wait(interrupt));
  return *status;
}

}  // namespace slim::container
