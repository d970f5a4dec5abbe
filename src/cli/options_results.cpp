// SPDX-License-Identifier: Apache-2.0
// Commands that read what earlier runs wrote.
#include "cli/program.hpp"

namespace slim::cli {

CLI::Option* seccomp_args_option(CLI::App& app, RawOptions& raw) {
  return app
      .add_option("--seccomp-args", raw.seccomp_args,
                  "on (default) or off: allow calls such as socket, ioctl and prctl only with the "
                  "argument values seen")
      ->check(CLI::IsMember({"on", "off"}));
}

void add_result_commands(Program& program) {
  auto& options = program.options;
  auto* merge = program.simple_command("merge", Command::merge, "Unite traces of the same image");
  merge->add_option("TRACE", options.files, "trace.json files")->required();
  merge->add_option("-o,--output", options.output, "The united trace (stdout)");
  merge->add_flag("--force", options.force, "Unite traces of different images");
  auto* profile = program.simple_command("profile", Command::profile,
                                         "Print the seccomp profile for one or more traces");
  profile->add_option("TRACE", options.files, "trace.json files")->required();
  seccomp_args_option(*profile, program.raw);
  auto* ports =
      program.simple_command("ports", Command::ports, "Print the ports that a trace served");
  ports->add_option("TRACE", options.files, "trace.json")->required();
  auto* explain = program.simple_command("explain", Command::explain,
                                         "Say why a path is in the slim image");
  explain->add_option("PATH", options.files, "Paths in the image")->required();
  explain->add_option("-o,--output", options.output, "Output directory of the run (the newest)");
}

}  // namespace slim::cli
