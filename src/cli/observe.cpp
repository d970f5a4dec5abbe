// SPDX-License-Identifier: Apache-2.0
#include "cli/observe.hpp"

#include <unistd.h>

#include <functional>
#include <memory>

#include "cli/saturation.hpp"
#include "slim/base/file.hpp"

namespace slim::cli {

Result<policy::SeccompProfile> base_profile(const Options& options) {
  if (options.seccomp == "unconfined") {
    policy::SeccompProfile open;
    open.default_action = "SCMP_ACT_ALLOW";
    return open;
  }
  if (!options.seccomp.empty()) {
    SLIM_TRY(const std::string json, read_file(options.seccomp));
    return policy::parse_seccomp(json, options.seccomp);
  }
  SLIM_TRY(const auto capabilities, container::capabilities(options.run));
  return policy::docker_default(capabilities);
}

std::string profile_json(const policy::SeccompProfile& profile) {
  const bool unconfined = profile.default_action == "SCMP_ACT_ALLOW" && profile.rules.empty();
  return unconfined ? std::string() : policy::to_json(profile);
}

Result<void> accept_trace(Context& context, const trace::Trace& trace, Coverage wanted) {
  SLIM_TRY(const std::string warning, accept_trace(context.options, trace, wanted));
  if (!warning.empty()) context.warn(warning);
  return {};
}

Result<Conditions> make_conditions(Context& context) {
  Conditions made;
  const Options& options = context.options;
  SLIM_TRY(made.base, in_step(ErrorCode::usage, base_profile(options)));
  // The profile depends on which tracer it is, which only making it tells; loading the eBPF programs
  // takes a while, so the first run gets this one.
  const auto listener = std::make_shared<std::function<void(const trace::SocketUse&)>>();
  trace::TracerOptions forwarding;
  forwarding.on_socket = [listener](const trace::SocketUse& use) {
    if (*listener) (*listener)(use);
  };
  SLIM_TRY(auto created, trace::create_tracer(options.tracer, std::move(forwarding)));
  if (!created.note.empty()) context.warn(created.note);
  const bool ptrace = created.tracer->backend() == trace::Backend::ptrace;
  made.seccomp = ptrace ? policy::to_json(policy::with_tracing(made.base,
                                                               trace::ptrace_assumed_syscalls()))
                        : profile_json(made.base);
  const auto choice = ptrace ? trace::TracerChoice::ptrace : trace::TracerChoice::ebpf;
  const auto first =
      std::make_shared<std::unique_ptr<trace::Tracer>>(std::move(created.tracer));
  made.make_tracer = [choice, first, listener](trace::TracerOptions wanted)
      -> Result<std::unique_ptr<trace::Tracer>> {
    if (*first) {
      *listener = std::move(wanted.on_socket);  // before it is attached, so before its thread runs
      return std::move(*first);
    }
    SLIM_TRY(auto another, trace::create_tracer(choice, std::move(wanted)));
    return std::move(another.tracer);
  };
  return made;
}

verify::ExerciseRequest exercise_request(Context& context, const image::ImageConfig& config) {
  const Options& options = context.options;
  verify::ExerciseRequest request;
  request.config = &config;
  request.declared = &config;
  request.store = &context.store;
  request.options = options.run;
  request.runtime = options.runtime;
  request.probe.steps = context.steps;
  request.probe.health_check = options.health_check;
  request.probe.ready = options.ready;
  request.probe.timeout = options.timeout;
  request.probe.output_fd = STDERR_FILENO;
  request.probe.expected = context.answers;
  return request;
}

Result<trace::Trace> observe(Context& context, const Source& source, const Conditions& conditions,
                             const std::string& log_path) {
  auto request = exercise_request(context, source.image.config);
  request.step = [&context](const std::string& step) { context.terminal.begin(step, ""); };
  request.waits = [&context](const std::string& seen) { context.terminal.note(seen); };
  request.gained = [&context](const verify::StepGain& gain) {
    context.terminal.note(gain.step + ": " + gain_text(gain));
  };
  request.rootfs = &source.rootfs;
  request.seccomp = conditions.seccomp;
  request.make_tracer = conditions.make_tracer;
  request.keep_log_at = log_path;
  SLIM_TRY(auto ran, in_step(ErrorCode::container, verify::exercise(request, context.interrupt)));
  for (const auto& note : ran.notes) context.warn(note);
  if (!ran.passed)
    return fail(ErrorCode::probe,
                verify::with_log(ran.failure + " on the original image", ran.log_tail));
  context.gains = ran.gains;
  context.answers = ran.answers;
  const auto verdict = saturation(ran.gains);
  if (verdict.state == Saturation::State::saturated) context.terminal.note(verdict.text);
  if (verdict.state == Saturation::State::open) context.warn(verdict.text);
  trace::Trace trace = std::move(*ran.trace);
  const auto image = identity(source);
  trace.image_digest = image.digest;
  trace.config_digest = image.config_digest;
  SLIM_TRY(const auto reference, image::Reference::parse(context.options.image));
  trace.image_name = reference.engine_name();
  trace.exposed.emplace();
  for (const auto& port : source.image.config.exposed_ports) trace.exposed->insert(port.text());
  context.terminal.end(std::to_string(trace.files.size()) + " files, " +
                       std::to_string(trace.syscalls.size()) + " system calls");
  return trace;
}

}  // namespace slim::cli
