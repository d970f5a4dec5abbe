// SPDX-License-Identifier: Apache-2.0
// Options whose text has a form of its own.
#include <set>

#include "cli/program.hpp"
#include "slim/image/write.hpp"

namespace slim::cli {

namespace {

// "90", "30m": how long, for an option.
Result<int64_t> parse_seconds(const std::string& option, const std::string& text) {
  size_t used = 0;
  int64_t value = 0;
  try {
    value = std::stoll(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  const std::string unit = text.substr(used);
  const int64_t factor = unit == "s" || unit.empty() ? 1
                         : unit == "m"               ? 60
                         : unit == "h"               ? 3600
                         : unit == "d"               ? 86400
                                                     : 0;
  if (used == 0 || value < 0 || factor == 0 || value > INT64_MAX / 86400)
    return fail(ErrorCode::usage, option + " " + text + ": not a time like 90s, 30m, 12h or 7d");
  return value * factor;
}

Result<void> set_security(const std::vector<std::string>& security, Options& o) {
  for (const auto& text : security) {
    if (text == "no-new-privileges" || text == "no-new-privileges:true" ||
        text == "no-new-privileges=true") {
      o.run.no_new_privileges = true;
    } else if (text == "no-new-privileges:false" || text == "no-new-privileges=false") {
      o.run.no_new_privileges = false;
    } else if (text.starts_with("seccomp=") || text.starts_with("seccomp:")) {
      o.seccomp = text.substr(8);
    } else {
      return fail(ErrorCode::usage, "--security-opt " + text +
                                        ": known are seccomp=unconfined, seccomp=FILE and "
                                        "no-new-privileges");
    }
  }
  return {};
}

Result<void> set_choices(const RawOptions& raw, Options& o) {
  if (raw.network == "private" || raw.network == "bridge") o.run.network = container::Network::isolated;
  else if (raw.network == "none") o.run.network = container::Network::none;
  else if (raw.network == "host") o.run.network = container::Network::host;
  else return fail(ErrorCode::usage, "--network " + raw.network + ": none, host or private");
  if (raw.tracer == "auto") o.tracer = trace::TracerChoice::automatic;
  else if (raw.tracer == "ebpf") o.tracer = trace::TracerChoice::ebpf;
  else if (raw.tracer == "ptrace") o.tracer = trace::TracerChoice::ptrace;
  else return fail(ErrorCode::usage, "--tracer " + raw.tracer + ": auto, ebpf or ptrace");
  o.keep.closure = raw.closure == "observed"  ? keepset::Closure::observed
                   : raw.closure == "package" ? keepset::Closure::package
                                              : keepset::Closure::file;
  o.seccomp_choices.arguments = raw.seccomp_args == "on";
  if (raw.profile_for == "runc") o.seccomp_choices.runtime = policy::ProfileRuntime::runc;
  if (raw.profile_for == "crun") o.seccomp_choices.runtime = policy::ProfileRuntime::crun;
  if (raw.after_start) o.seccomp_choices.phases = trace::kServing | trace::kStopping;
  o.prove = !raw.no_verify;
  if (!o.prove && !o.verify_on.empty())
    return fail(ErrorCode::usage, "--verify-on " + o.verify_on.front() +
                                      ": runs the slim image, which --no-verify forbids");
  o.colour = !raw.no_colour;
  o.health_check = !raw.no_health_check;
  return {};
}

Result<void> set_observe(const RawOptions& raw, Options& o) {
  if (o.command != Command::observe) return {};
  if (o.observe.target.empty() == !o.observe.pid)
    return fail(ErrorCode::usage,
                "give the running container's name or id, or the --pid of one of its processes");
  if (raw.duration.empty()) return {};
  SLIM_TRY(const int64_t seconds, parse_seconds("--duration", raw.duration));
  o.observe.duration = std::chrono::seconds(seconds);
  return {};
}

Result<void> set_minimize(const std::string& what, Options& o) {
  if (what.empty()) return {};
  o.minimize.files = what == "files" || what == "all";
  o.minimize.syscalls = what == "syscalls" || what == "all";
  if (!o.minimize.any())
    return fail(ErrorCode::usage, "--minimize=" + what + ": files, syscalls or all");
  if (!o.prove)
    return fail(ErrorCode::usage, "--minimize decides by running the slim image, which --no-verify "
                                  "forbids");
  return {};
}

// --json promises a document, which not every format is.
Result<void> check_json(const Options& o) {
  const std::string& format = o.command == Command::ports ? o.audit.format : o.format;
  static const std::set<std::string> kTexts = {"table", "k8s",     "nft", "spo",
                                               "run",   "compose", "apparmor"};
  const bool docker_flags = o.command == Command::ports && format == "docker";
  if (o.json && o.command == Command::completion)
    return fail(ErrorCode::usage, "--json: slim completion prints a script, not a JSON document");
  if (!o.json || (!kTexts.contains(format) && !docker_flags)) return {};
  return fail(ErrorCode::usage, "--json: what --format " + format + " gives is no JSON document");
}

}  // namespace

Result<void> check_options(const RawOptions& raw, Options& o) {
  if (o.command == Command::build && o.files.empty())
    return fail(ErrorCode::usage, "no --trace FILE given: slim trace and slim observe write them");
  SLIM_CHECK(set_choices(raw, o));
  SLIM_CHECK(check_json(o));
  SLIM_CHECK(set_security(raw.security, o));
  SLIM_CHECK(set_minimize(raw.minimize, o));
  SLIM_TRY(o.ready, container::ReadySpec::parse(raw.ready));
  for (const auto& text : raw.execs) {
    SLIM_TRY(auto words, split_words(text));
    o.execs.push_back(std::move(words));
  }
  if (!raw.platform.empty()) {
    SLIM_TRY(o.platform, image::Platform::parse(raw.platform));
  }
  for (const auto& port : o.expose) SLIM_CHECK_CONTEXT(image::Port::parse(port), "--expose");
  if (!raw.older_than.empty()) {
    SLIM_TRY(o.older_than, parse_seconds("--older-than", raw.older_than));
  }
  SLIM_CHECK(set_observe(raw, o));
  SLIM_CHECK(check_inspect_options(raw, o));
  for (const auto& destination : o.to)
    SLIM_CHECK_CONTEXT(image::check_destination(destination), "--to " + destination);
  for (auto& tag : o.tags) {
    SLIM_TRY(tag, image::normalise_tag(tag));
  }
  return {};
}
}  // namespace slim::cli
