// SPDX-License-Identifier: Apache-2.0
#include "slim/cli/cli.hpp"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/exit_status.hpp"
#include "cli/inspect.hpp"
#include "cli/pipeline.hpp"
#include "cli/policies.hpp"
#include "cli/ports.hpp"
#include "slim/base/log.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::cli {

namespace {

// Exit status 7, and on stderr why, whatever else was asked for.
int failed_verification(const std::string& what, const std::string& why) {
  ::fprintf(stderr, "slim: %s failed verification: %s\n", what.c_str(), why.c_str());
  return kExitVerify;
}

Outcome outcome_of(const Options& options, const report::Report& report) {
  Outcome outcome;
  if (report.verify_done && !report.verify_passed) {
    const auto& last = report.rounds.back();
    constexpr size_t kNamed = 5;  // report.json has all
    const size_t first_line = std::min(last.failure.find('\n'), last.failure.size());
    std::string why = last.failure.substr(0, first_line);
    for (size_t i = 0; i < std::min(last.missing.size(), kNamed); ++i)
      why += (i == 0 ? "; it looked in vain for " : ", ") + escape_bytes(last.missing[i]);
    if (last.missing.size() > kNamed)
      why += " and " + std::to_string(last.missing.size() - kNamed) + " more";
    why += last.failure.substr(first_line);
    outcome.status = failed_verification("the slim image", verify::with_log(why, last.log));
  }
  if (options.json)
    outcome.text = report::to_json(report);
  else if (!options.quiet)
    outcome.text = report::table(report, report::use_colour(STDOUT_FILENO, options.colour),
                                 report::terminal_width(STDOUT_FILENO));
  return outcome;
}

Outcome outcome_of(const Options& options, const verify::Exercise& ran) {
  Outcome outcome;
  outcome.status = ran.passed ? 0 : failed_verification(options.image, ran.failure);
  if (options.json)
    outcome.text = nlohmann::json{{"passed", ran.passed}, {"failure", ran.failure}}.dump(2) + "\n";
  else
    outcome.text = ran.passed ? "passed\n" : "failed: " + ran.failure + "\n" + ran.log_tail + "\n";
  return outcome;
}

Outcome outcome_of(const Options& options, const Recorded& recorded) {
  return {options.json ? trace::to_json(recorded.trace) : std::string(), 0};
}

Outcome outcome_of(PortsOutcome ports) {
  if (ports.failed.empty()) return {std::move(ports.text), 0};
  ::fprintf(stderr, "slim: --fail-on: there are findings of %s\n",
            joined(ports.failed, ", ").c_str());
  return {std::move(ports.text), kExitGate};
}

// The commands that run containers.
Result<Outcome> run_container_command(Context& context) {
  const Options& options = context.options;
  switch (options.command) {
    case Command::trace: {
      SLIM_TRY(const auto recorded, record(context));
      return outcome_of(options, recorded);
    }
    case Command::ports: {
      SLIM_TRY(const auto recorded, record(context));
      SLIM_TRY(auto ports, present_ports(options, recorded.audit));
      return outcome_of(std::move(ports));
    }
    case Command::build: {
      SLIM_TRY(const auto report, build(context));
      return outcome_of(options, report);
    }
    case Command::verify: {
      SLIM_TRY(const auto ran, verify_image(context));
      return outcome_of(options, ran);
    }
    default: {
      SLIM_TRY(const auto report, run(context));
      return outcome_of(options, report);
    }
  }
}

Result<Outcome> with_containers(const Options& options) {
  // Before any thread is started: a process's mount namespace is each thread's own.
  SLIM_CHECK_CONTEXT(rootfs::enter_private_mount_namespace(),
                     "slim runs containers and needs root for it");
  SLIM_CHECK(container::become_subreaper());
  SLIM_TRY(const Interrupt interrupt, Interrupt::install());
  report::Terminal terminal({options.quiet, options.colour});
  SLIM_TRY(rootfs::Store store, rootfs::Store::open());
  SLIM_CHECK(store.collect_stale_runs(container::clean_stale));
  Context context{options, interrupt, terminal, store};
  return run_container_command(context);
}

// The commands that start nothing: they read images, which any user may, or watch what runs.
Result<Outcome> without_containers(const Options& options) {
  SLIM_TRY(const Interrupt interrupt, Interrupt::install());
  report::Terminal terminal({options.quiet, options.colour});
  SLIM_TRY(rootfs::Store store, rootfs::Store::open());
  Context context{options, interrupt, terminal, store};
  switch (options.command) {
    case Command::xray: return xray_image(context);
    case Command::lint: return lint_target(context);
    case Command::observe: {
      SLIM_CHECK(container::become_subreaper());
      SLIM_TRY(const auto recorded, observe_running(context));
      return outcome_of(options, recorded);
    }
    default: return diff_images(context);
  }
}

Result<Outcome> run_command(const Options& options) {
  const auto text = [](Result<std::string> result) -> Result<Outcome> {
    SLIM_TRY(std::string out, std::move(result));
    return Outcome{std::move(out), 0};
  };
  switch (options.command) {
    case Command::merge: return text(merge_traces(options));
    case Command::profile: return text(print_profile(options));
    case Command::ports: {
      if (options.files.empty()) return with_containers(options);
      SLIM_TRY(auto ports, ports_of_traces(options));
      return outcome_of(std::move(ports));
    }
    case Command::explain: return text(explain_paths(options));
    case Command::diff:
    case Command::lint:
    case Command::observe:
    case Command::xray: return without_containers(options);
    case Command::completion: return Outcome{completion_script(options.shell), 0};
    case Command::version: return Outcome{version_text(options), 0};
    case Command::cache_ls:
    case Command::cache_prune: {
      SLIM_TRY(rootfs::Store store, rootfs::Store::open());
      return text(options.command == Command::cache_ls ? list_cache(options, store)
                                                       : prune_cache(options, store));
    }
    default: return with_containers(options);
  }
}

Result<void> cannot_print() {
  const int reason = errno;
  Error error = errno_error("cannot write to stdout", reason);
  if (reason == EPIPE) error = std::move(error).as(ErrorCode::closed_pipe);
  return tl::unexpected<Error>(std::move(error));
}

// On stderr; gives the exit status. That the reader of a pipe had enough is nothing to tell.
int tell(const Error& error) {
  if (error.code() != ErrorCode::closed_pipe)
    ::fprintf(stderr, "slim: %s\n", error.text().c_str());
  return exit_status(error.code());
}

int print(const Outcome& outcome) {
  auto printed = print_now(outcome.text);
  if (printed && ::fflush(stdout) != 0) printed = cannot_print();
  if (printed) return outcome.status;
  const int status = tell(printed.error());
  return outcome.status != 0 ? outcome.status : status;
}

int print_error(const Error& error, bool json) {
  const int status = tell(error);
  if (json) {
    const nlohmann::json document = {{"schema_version", 1},
                                     {"error",
                                      {{"code", name(error.code())},
                                       {"message", error.text()},
                                       {"exit_status", status}}}};
    using Handler = nlohmann::json::error_handler_t;
    print({document.dump(2, ' ', false, Handler::replace) + "\n", 0});
  }
  return status;
}

}  // namespace

Result<void> print_now(const std::string& text) {
  if (::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return {};
  return cannot_print();
}

int main(int argc, char** argv) {
  // A reader of stdout that goes away ends slim with SIGPIPE's status, but not without cleaning up.
  ::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto parsed = parse_command_line(arguments);
  if (!parsed)
    return print_error(parsed.error(), is_one_of("--json", arguments));
  if (parsed->only_message) return print({parsed->message, 0});
  const Options& options = parsed->options;
  set_log_level(options.verbose ? spdlog::level::debug
                : options.quiet ? spdlog::level::err
                                : spdlog::level::warn);
  const auto outcome = run_command(options);
  if (!outcome) return print_error(outcome.error(), options.json);
  return print(*outcome);
}

}  // namespace slim::cli
