// SPDX-License-Identifier: Apache-2.0
#include "cli/observe_running.hpp"

#include <unistd.h>

#include "cli/probe_steps.hpp"
#include "slim/image/engine_container.hpp"

namespace slim::cli {

namespace {

Result<Running> find_by_pid(pid_t pid) {
  SLIM_TRY(auto container, container::Existing::of_process(pid));
  const std::string number = std::to_string(pid);
  return Running{.name = "pid-" + number,
                 .id = number,
                 .text = "the container of process " + number,
                 .container = std::move(container),
                 .image = {},
                 .image_name = {},
                 .exposed = {}};
}

Result<Running> find_by_name(const std::string& name, const Interrupt& interrupt) {
  SLIM_TRY(const auto found, image::find_container(name, interrupt));
  auto container = container::Existing::of_process(found.pid);
  if (!container)
    return tl::unexpected<Error>(std::move(container).error().context("container " + found.name));
  // Its number may have been given to another process since the engine told it.
  SLIM_TRY(const auto still, image::find_container(found.id, interrupt));
  if (still.pid != found.pid)
    return fail(ErrorCode::container, "container " + found.name + " was restarted just now");
  Running running{.name = found.name,
                  .id = found.id,
                  .text = found.name + " (" + found.engine + ", " + found.image + ")",
                  .container = std::move(*container),
                  .image = {found.image_digest, found.config_digest},
                  .image_name = found.image,
                  .exposed = {}};
  if (found.exposed) {
    running.exposed.emplace();
    for (const auto& port : *found.exposed) running.exposed->insert(port.text());
  }
  return running;
}

std::string how_it_ended(const verify::Observation& seen) {
  using End = verify::Observation::End;
  switch (seen.end) {
    case End::told: return "ended by a signal";
    case End::duration: return "the time is over";
    case End::probe: return "the probe has ended";
    case End::ended: return "the container has ended";
  }
  return "";
}

}  // namespace

Result<Running> find_running(Context& context) {
  const ObserveOptions& options = context.options.observe;
  auto found = options.pid ? find_by_pid(*options.pid)
                           : find_by_name(options.target, context.interrupt);
  if (found && !found->container.strangers().empty())
    context.warn(found->text + " shares its pid namespace with processes of another root file "
                               "system (" + std::to_string(found->container.strangers().front()) +
                 "): what they do is taken for its own");
  return in_step(ErrorCode::container, std::move(found));
}

Result<verify::Observation> watch(Context& context, const Running& running) {
  const Options& options = context.options;
  if (!options.probe.empty()) SLIM_CHECK(probe_steps(options));  // is it there?
  verify::ObserveRequest request;
  request.container = &running.container;
  request.id = running.id;
  request.probe = options.probe;
  request.output_fd = STDERR_FILENO;
  request.duration = options.observe.duration;
  request.attached = [&] {
    context.terminal.begin("observe", running.text);
    context.terminal.note("From now on all that " + running.text +
                          " does is seen; Ctrl-C ends the observation, not the container");
  };
  SLIM_TRY(auto seen, in_step(ErrorCode::container, verify::observe(request, context.interrupt)));
  seen.trace.image_digest = running.image.digest;
  seen.trace.config_digest = running.image.config_digest;
  seen.trace.image_name = running.image_name;
  seen.trace.exposed = running.exposed;
  context.terminal.end(how_it_ended(seen) + "; " + std::to_string(seen.trace.files.size()) +
                       " files, " + std::to_string(seen.trace.syscalls.size()) + " system calls, " +
                       std::to_string(seen.trace.processes) + " processes");
  return seen;
}

}  // namespace slim::cli
