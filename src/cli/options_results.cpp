// SPDX-License-Identifier: Apache-2.0
// Commands that read what earlier runs wrote.
#include "cli/program.hpp"

namespace slim::cli {

std::vector<CLI::Option*> seccomp_options(CLI::App& app, RawOptions& raw) {
  auto* arguments =
      app.add_option("--seccomp-args", raw.seccomp_args,
                     "on (default) or off: allow calls such as socket, ioctl and prctl only with the "
                     "argument values seen")
          ->check(CLI::IsMember({"on", "off"}));
  auto* runtime = app.add_option("--for", raw.profile_for,
                                 "runc, crun or any (default): which runtime's own calls the profile "
                                 "has to allow; any is for Linux before 5.11, too")
                      ->check(CLI::IsMember({"runc", "crun", "any"}));
  return {arguments, runtime};
}

void add_result_commands(Program& program) {
  auto& options = program.options;
  auto* merge = program.simple_command("merge", Command::merge, "Unite traces of the same image");
  merge->add_option("TRACE", options.files, "trace.json files")->required();
  merge->add_option("-o,--output", options.output, "The united trace (stdout)");
  merge->add_flag("--force", options.force,
                  "Unite traces of different images, or of nobody knows which");
  auto* profile = program.simple_command("profile", Command::profile,
                                         "Print the policies for one or more traces");
  profile->add_option("TRACE", options.files, "trace.json files")->required();
  profile
      ->add_option("--format", options.format,
                   "Seccomp: docker (default), oci, podman, crio or spo; AppArmor: apparmor; how to "
                   "run the container: run, compose or k8s; why each call is allowed: table")
      ->check(CLI::IsMember({"docker", "oci", "podman", "crio", "spo", "apparmor", "run", "compose",
                             "k8s", "table"}));
  profile->add_option("--name", options.name, "What the document calls the container (as the "
                                           "traced image)");
  profile->add_option("--image", options.image, "The image that run, compose and k8s start (as the "
                                             "traced image)");
  profile->add_option("--base", options.base, "Allow also what this seccomp profile allows");
  const std::map<std::string, std::string> architectures = {
      {"amd64", "x86_64"}, {"x86_64", "x86_64"}, {"arm64", "aarch64"}, {"aarch64", "aarch64"}};
  profile
      ->add_option("--arch", options.architecture,
                   "Seccomp for another architecture than the trace's, by the names of calls and so "
                   "unproven: amd64 or arm64")
      ->transform(CLI::Transformer(architectures))
      ->check(CLI::IsMember({"amd64", "arm64", "x86_64", "aarch64"}));
  allow_incomplete(*profile, options);
  seccomp_options(*profile, program.raw);
  profile->add_flag("--no-new-privileges", options.seccomp_choices.no_new_privileges,
                    "The container is started so: leaves out what runtimes need only without it");
  profile->add_flag("--after-start", program.raw.after_start,
                    "Only what is used once the program serves, without what starts it");
  auto* explain = program.simple_command("explain", Command::explain,
                                         "Say why a path is in the slim image");
  explain->add_option("PATH", options.files, "Paths in the image; none: what each rule added");
  explain->add_option("-o,--output", options.output, "Output directory of the run (the newest)");
}

}  // namespace slim::cli
