// SPDX-License-Identifier: Apache-2.0
#include "cli/pipeline.hpp"

#include "cli/levels.hpp"
#include "cli/minimize.hpp"
#include "cli/observe.hpp"
#include "cli/observe_running.hpp"
#include "cli/output.hpp"
#include "cli/policies.hpp"
#include "cli/ports.hpp"
#include "cli/probe_steps.hpp"
#include "cli/product.hpp"
#include "cli/source.hpp"
#include "cli/traces.hpp"
#include "cli/tree_json.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"
#include "slim/verify/verify.hpp"

namespace slim::cli {

namespace {

// The files that are read once the output directory is open, and the traces, which are read before.
Output::Inputs inputs_of(const Options& options, const image::Reference& reference) {
  Output::Inputs inputs{options.keep_from_files, options.files};
  inputs.read_later.insert(inputs.read_later.end(), options.run.env_files.begin(),
                           options.run.env_files.end());
  inputs.read_later.push_back(reference.location);
  inputs.read_later.push_back(options.seccomp);
  return inputs;
}

std::string directory_of(const Options& options, const std::string& name) {
  return options.output.empty() ? join_path("slim-out", name) : options.output;
}

Result<Output> open_output(const Options& options) {
  SLIM_TRY(const auto reference,
           in_step(ErrorCode::image, image::Reference::parse(options.image)));
  return in_step(ErrorCode::io, Output::open(directory_of(options, reference.short_name()),
                                             inputs_of(options, reference)));
}

// That a runtime is missing is not to be found out after a long probe.
Result<void> require_runtimes(const Options& options) {
  SLIM_CHECK(in_step(ErrorCode::container, container::require_runtime(options.runtime)));
  for (const auto& runtime : options.verify_on)
    SLIM_CHECK(in_step(ErrorCode::container, container::require_runtime(runtime)));
  return {};
}

// Paths of an index as the report has them.
std::vector<std::string> absolute(std::vector<std::string> paths) {
  for (auto& path : paths) path.insert(0, "/");
  return paths;
}

// One round's proof, as the report has it.
report::Round round_of(const verify::Proof& proof) {
  return {proof.passed, proof.failure, absolute(proof.missing), proof.denied,
          proof.passed ? std::string() : proof.log_tail};
}

struct Making {
  Product product;
  trace::Trace trace;
  std::vector<report::Round> rounds;
  Amendments amendments;
  policy::Measures held;              // of the last proof
  std::vector<std::string> runtimes;  // ... and with which it passed
};

Result<verify::Proof> prove(Context& context, const Source& source, const Conditions& conditions,
                            const Product& product, const Output& output) {
  verify::ProofRequest request;
  request.archive = output.staged("image.tar");
  request.original = &source.rootfs.index();
  request.profile = &product.seccomp;
  request.confinement = &product.confinement;
  request.base_seccomp = conditions.seccomp;
  request.make_tracer = conditions.make_tracer;
  request.further_runtimes = context.options.verify_on;
  request.run = exercise_request(context, source.image.config);
  request.run.keep_log_at = join_path(output.directory(), "verify.log");
  context.terminal.begin("verify", "");
  SLIM_TRY(auto proof, in_step(ErrorCode::verify, verify::prove(request, context.interrupt)));
  context.terminal.end(proof.passed ? "works as the original does" : proof.failure);
  return proof;
}

// Adds to the trace and the list of paths what the diagnosis found; false if that is nothing new.
bool learn(const verify::Proof& proof, Making& making) {
  bool news = !proof.denied.empty();
  auto& [added, without, required, calls_without] = making.amendments;
  for (const auto& path : proof.missing) {
    if (making.product.keep.dropped.contains(path)) continue;  // --drop wins again
    const bool is_new = !is_one_of(path, added);
    if (is_new) added.push_back(path);
    news |= without.erase(path) > 0 || is_new;
  }
  if (!news) return false;
  for (const auto& call : proof.denied) calls_without.erase(call.substr(0, call.find('(')));
  // The slim image's own run counts as one more observation, its denied calls included.
  making.trace.merge(*proof.diagnosis);
  return true;
}

// The image is good, but not as confined as it was hoped.
void warn_about_measures(Context& context, const policy::Confinement& confinement,
                         const verify::Proof& proof) {
  if (!proof.passed || proof.measures_failure.empty()) return;
  std::string failed;
  const auto add = [&](bool possible, bool held, const char* what) {
    if (possible && !held) failed += (failed.empty() ? "" : ", ") + std::string(what);
  };
  add(confinement.possible.capabilities, proof.held.capabilities, "fewer capabilities");
  add(confinement.possible.read_only, proof.held.read_only, "a read-only root file system");
  add(confinement.possible.no_new_privileges, proof.held.no_new_privileges, "no-new-privileges");
  context.warn("the image works under its seccomp profile, but not with " + failed + " (" +
               proof.measures_failure.substr(0, proof.measures_failure.find('\n')) + ")");
}

// keep-set -> slim image -> policies -> verify, and again with what was missing.
Result<Making> make_and_prove(Context& context, const Source& source, const Conditions& conditions,
                              trace::Trace trace, Amendments amendments, const Output& output) {
  Making making;
  making.trace = std::move(trace);
  making.amendments = std::move(amendments);
  for (unsigned round = 0;; ++round) {
    SLIM_TRY(making.product, make_product(context, source, making.trace, conditions.base,
                                          making.amendments, output.staged("image.tar")));
    making.trace.reachable = making.product.keep.reachable;
    if (!context.options.prove) return making;
    SLIM_TRY(const auto proof, prove(context, source, conditions, making.product, output));
    making.rounds.push_back(round_of(proof));
    making.held = proof.held;
    making.runtimes = proof.runtimes;
    if (proof.passed || round >= context.options.repair || !learn(proof, making)) {
      warn_about_measures(context, making.product.confinement, proof);
      return making;
    }
    context.warn("verification round " + std::to_string(round + 1) + " failed (" + proof.failure +
                 "); adding " + std::to_string(proof.missing.size()) + " paths and " +
                 std::to_string(proof.denied.size()) + " system calls");
  }
}

// Takes out of an image that is proven what its probe does not need, and proves what is left. If that
// proof fails the image is made once more as it was.
Result<report::MinimizeFacts> minimize_making(Context& context, const Source& source,
                                              const Conditions& conditions, Making& making,
                                              const Output& output) {
  SLIM_TRY(auto found, minimize(context, source, conditions.base,
                                {making.product, making.trace, making.amendments, making.held},
                                output));
  if (found.amendments.without.empty() && found.amendments.calls_without.empty()) {
    found.facts.held = found.facts.complete;  // all of it is required
  } else {
    SLIM_TRY(auto smaller, make_and_prove(context, source, conditions, making.trace,
                                          std::move(found.amendments), output));
    found.facts.held = !smaller.rounds.empty() && smaller.rounds.back().passed;
    if (found.facts.held) {
      making = std::move(smaller);
    } else {
      context.warn("the minimised image failed its proof (" + smaller.rounds.back().failure +
                   "): the image is as it was before");
      SLIM_TRY(making, make_and_prove(context, source, conditions, std::move(making.trace),
                                      std::move(making.amendments), output));
    }
  }
  found.facts.files_required = making.product.files_kept;
  found.facts.bytes_required = making.product.image.layer.file_bytes;
  found.facts.calls_required = policy::summarise(making.product.seccomp).allowed;
  return std::move(found.facts);
}

report::ConfinementFacts confinement_facts(const Making& making, bool proven) {
  const policy::Confinement& made = making.product.confinement;
  report::ConfinementFacts facts;
  for (const auto& use : made.capabilities) facts.capabilities.push_back(use.name);
  for (const auto& path : made.writable)
    if (path.kind != policy::WritablePath::Kind::volume) facts.writable.push_back(path.path);
  if (proven) {
    facts.capabilities_hold = making.held.capabilities;
    facts.read_only_holds = making.held.read_only;
    facts.no_new_privileges_holds = making.held.no_new_privileges;
  }
  facts.root_needed = made.root_needed;
  facts.root_reason = made.root_reason;
  return facts;
}

report::Report report_of(const Context& context, const Source& source, const Making& making,
                         const Output& output) {
  const Product& product = making.product;
  report::Report report;
  report.source = {context.options.image, source.image.digest.text(),
                   source.rootfs.layer_bytes(), source.image.layers.size()};
  report.slim = {join_path(output.directory(), "image.tar"), product.image.manifest_digest.text(),
                 product.image.layer.file_bytes, 1};
  report.files_kept = product.files_kept;
  report.files_removed = product.files_removed;
  report.kept_bytes = product.kept_bytes;
  report.removed_bytes = product.removed_bytes;
  report.files_by_rules = product.files_by_rules;
  report.bytes_by_rules = product.bytes_by_rules;
  const auto calls = policy::summarise(product.seccomp);
  report.syscalls = calls.names;
  report.syscalls_total = calls.total;
  report.syscalls_for_runtime = product.runtime_calls;
  report.syscalls_argument_rules = calls.argument_rules;
  auto later = context.options.seccomp_choices;
  later.phases = trace::kServing | trace::kStopping;
  report.syscalls_after_start =
      policy::summarise(policy::seccomp_from_trace(making.trace, product.seccomp, later)).allowed;
  for (const auto& port : product.network.ports())
    report.ports.push_back({port.port, port.protocol, port.address, port.family, port.process,
                            port.state, port.in_expose,
                            trace::started_as(making.trace, port.process)});
  report.trace_backend = name(making.trace.backend);
  report.trace_problems = shortcomings(making.trace, Coverage::whole);
  report.trace_complete = report.trace_problems.empty();
  for (const auto& [what, count] : making.trace.losses) report.lost_events += count;
  for (const auto& gain : context.gains)
    report.probes.push_back(
        {gain.step, gain.new_files, gain.new_syscalls, gain.files, gain.syscalls});
  report.verify_done = context.options.prove;
  report.rounds = making.rounds;
  report.verify_passed = !making.rounds.empty() && making.rounds.back().passed;
  report.verify_runtimes = making.runtimes;
  report.verify_added = absolute(making.amendments.added);
  report.confinement = confinement_facts(making, report.verify_passed);
  report.warnings = context.warnings;
  report.output_directory = output.directory();
  return report;
}

void warn_about_ports(Context& context, const std::vector<policy::PortUse>& ports) {
  for (const auto& port : ports) {
    const std::string text = std::to_string(port.port) + "/" + port.protocol;
    if (port.state == "exposed-unused")
      context.warn("port " + text + " is declared by EXPOSE but nothing served it: dropped");
    else if (port.state == "used" && !port.in_expose)
      context.warn("port " + text + " was served but not declared by EXPOSE: added");
  }
}

Result<void> write_audit(const policy::NetworkAudit& audit, const Output& output) {
  SLIM_CHECK(output.write("ports.json", policy::ports_json(audit)));
  return output.write("network.json", policy::network_json(audit));
}

Result<void> write_results(Context& context, const Source& source, const Making& making,
                           const Output& output, report::Report& report) {
  context.terminal.begin("write", output.directory());
  SLIM_CHECK(output.write("seccomp.json", policy::to_json(making.product.seccomp)));
  SLIM_CHECK(write_audit(making.product.network, output));
  std::optional<policy::Measures> held;
  if (report.verify_passed) held = making.held;
  SLIM_CHECK(write_policies(context.options, source, making.product, making.trace, held, output));
  SLIM_CHECK(output.write("trace.json", trace::to_json(making.trace)));
  SLIM_CHECK(output.write("keepset.json", keepset::to_json(making.product.keep)));
  SLIM_CHECK(output.write("tree.json", tree_json(source.rootfs.index())));
  SLIM_TRY(const auto levels, levels_json(context, source, making.trace,
                                          making.amendments, making.product.keep));
  SLIM_CHECK(output.write("levels.json", levels));
  // An image that failed its proof is not handed out.
  if (!report.verify_done || report.verify_passed) SLIM_CHECK(output.publish("image.tar"));
  context.terminal.end("");
  report.timings = context.terminal.timings();
  return output.write("report.json", report::to_json(report));
}

Result<void> publish(Context& context, const Source& source, const Making& making,
                     const Output& output, report::Report& report) {
  auto written = write_results(context, source, making, output, report);
  if (!written) output.withdraw();
  return written;
}

Result<void> send(Context& context, const report::Report& report, const Output& output) {
  if (context.options.to.empty() || (report.verify_done && !report.verify_passed)) return {};
  for (const auto& destination : context.options.to) {
    context.terminal.begin("send", destination);
    SLIM_CHECK(image::send_image(join_path(output.directory(), "image.tar"), destination,
                                 context.interrupt));
    context.terminal.end("");
  }
  return {};
}

Result<report::Report> finish(Context& context, const Source& source, const Conditions& conditions,
                              trace::Trace trace, const Output& output) {
  SLIM_TRY(auto making,
           make_and_prove(context, source, conditions, std::move(trace), {}, output));
  std::optional<report::MinimizeFacts> minimized;
  if (context.options.minimize.any() && !making.rounds.empty() && making.rounds.back().passed) {
    SLIM_TRY(minimized, minimize_making(context, source, conditions, making, output));
  }
  for (const auto& warning : making.product.keep.warnings) context.warn(warning);
  warn_about_ports(context, making.product.network.ports());
  auto report = report_of(context, source, making, output);
  report.minimize = std::move(minimized);
  SLIM_CHECK(publish(context, source, making, output, report));
  SLIM_CHECK(send(context, report, output));
  return report;
}

// What `run` and `trace` begin with: reference -> image -> rootfs -> container -> trace.
struct Observed {
  Output output;
  Source source;
  Conditions conditions;
  trace::Trace trace;
};

Result<Observed> observe_image(Context& context) {
  SLIM_TRY(context.steps, probe_steps(context.options));
  SLIM_CHECK(require_runtimes(context.options));
  SLIM_TRY(Output output, open_output(context.options));
  SLIM_TRY(Source source, read_source(context));
  SLIM_CHECK(check_wishes(context, source));
  SLIM_TRY(Conditions conditions, make_conditions(context));
  SLIM_TRY(trace::Trace trace, observe(context, source, conditions,
                                       join_path(output.directory(), "container.log")));
  // What was seen was seen: it can be looked at, merged with others, or built from on request.
  if (!shortcomings(trace, Coverage::whole).empty())
    SLIM_CHECK(output.write("trace.json", trace::to_json(trace)));
  SLIM_CHECK(accept_trace(context, trace));
  return Observed{std::move(output), std::move(source), std::move(conditions), std::move(trace)};
}

Result<Recorded> write_recorded(const Options& options, trace::Trace trace, const Output& output) {
  SLIM_TRY(auto audit, audit_of({trace}, options.expose));
  SLIM_CHECK(output.write("trace.json", trace::to_json(trace)));
  SLIM_CHECK(write_audit(audit, output));
  return Recorded{std::move(trace), std::move(audit)};
}

}  // namespace

Result<report::Report> run(Context& context) {
  SLIM_TRY(auto observed, observe_image(context));
  return finish(context, observed.source, observed.conditions, std::move(observed.trace),
                observed.output);
}

Result<Recorded> record(Context& context) {
  SLIM_TRY(auto observed, observe_image(context));
  return write_recorded(context.options, std::move(observed.trace), observed.output);
}

Result<Recorded> observe_running(Context& context) {
  SLIM_TRY(const Running running, find_running(context));
  SLIM_TRY(const Output output,
           Output::open(directory_of(context.options, "observed-" + running.name), {}));
  SLIM_TRY(auto seen, watch(context, running));
  // What was seen was seen, so it is written whatever the verdict.
  SLIM_TRY(auto recorded, write_recorded(context.options, std::move(seen.trace), output));
  if (!seen.failure.empty())
    return fail(ErrorCode::probe, seen.failure + "; what was observed is in " + output.directory());
  SLIM_CHECK(accept_trace(context, recorded.trace, Coverage::part));
  return recorded;
}

Result<report::Report> build(Context& context) {
  SLIM_TRY(context.steps, probe_steps(context.options));
  SLIM_TRY(auto trace, merged_trace(context.options.files, context.options.force));
  if (context.options.prove) SLIM_CHECK(require_runtimes(context.options));
  SLIM_TRY(const Output output, open_output(context.options));
  SLIM_TRY(const Source source, read_source(context));
  if (!context.options.force)
    SLIM_CHECK(require_image(trace, context.options.files.front(), identity(source),
                             context.options.image));
  SLIM_CHECK(accept_trace(context, trace));
  SLIM_TRY(const Conditions conditions, make_conditions(context));
  return finish(context, source, conditions, std::move(trace), output);
}

Result<verify::Exercise> verify_image(Context& context) {
  SLIM_TRY(context.steps, probe_steps(context.options));
  SLIM_TRY(const Source source, read_source(context));
  auto request = exercise_request(context, source.image.config);
  request.rootfs = &source.rootfs;
  SLIM_TRY(const auto profile, base_profile(context.options));
  request.seccomp = profile_json(profile);
  context.terminal.begin("verify", context.options.image);
  auto ran = verify::exercise(request, context.interrupt);
  if (ran) context.terminal.end(ran->passed ? "passed" : ran->failure);
  return in_step(ErrorCode::container, std::move(ran));
}

}  // namespace slim::cli
