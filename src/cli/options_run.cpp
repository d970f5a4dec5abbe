// SPDX-License-Identifier: Apache-2.0
// run, trace, build and verify: the commands that take an image and run it.
#include "cli/program.hpp"

namespace slim::cli {

namespace {

// Says what is wrong without the range of a double.
CLI::Validator positive() {
  return {[](const std::string& text) {
            const bool zero = text.find_first_not_of('0') == std::string::npos;
            return text.starts_with('-') || zero ? text + " is not above 0" : std::string();
          },
          "POSITIVE"};
}

void add_container_options(CLI::App& app, Options& o, RawOptions& raw) {
  auto& run = o.run;
  const std::string group = "Container (as in docker run)";
  std::vector<CLI::Option*> all{
      each(app, "-e,--env", run.env, "Set an environment variable: KEY=VALUE, or KEY of the host"),
      each(app, "--env-file", run.env_files, "Read environment variables from a file"),
      each(app, "--volume", run.volumes, "Bind mount, also -v: HOST:CONTAINER[:ro]"),
      each(app, "--mount", run.mounts, "type=bind|tmpfs|volume,source=...,target=...[,readonly]"),
      each(app, "--tmpfs", run.tmpfs, "Mount a tmpfs: CONTAINER[:OPTIONS]"),
      app.add_option("-w,--workdir", run.workdir, "Working directory in the container"),
      app.add_option("-u,--user", run.user, "User: NAME|UID[:GROUP|GID]"),
      app.add_option("--entrypoint", run.entrypoint, "Replace the image's entrypoint"),
      app.add_option("--network", raw.network, "none, host or private (own namespace, default)"),
      app.add_option("--hostname", run.hostname, "Host name in the container"),
      each(app, "--cap-add", run.cap_add, "Add a capability, or ALL"),
      each(app, "--cap-drop", run.cap_drop, "Drop a capability, or ALL"),
      app.add_flag("--read-only", run.read_only, "Mount the root file system read-only"),
      each(app, "--ulimit", run.ulimits, "NAME=SOFT[:HARD]; never above the host's hard limit"),
      app.add_option("--shm-size", run.shm_size, "Size of /dev/shm, e.g. 64m"),
      each(app, "--security-opt", raw.security,
           "seccomp=unconfined, seccomp=FILE, no-new-privileges"),
      app.add_option("--platform", raw.platform, "Of a multi-platform image: OS/ARCH[/VARIANT]"),
      app.add_option("--runtime", o.runtime, "auto, crun, runc, or the path of an OCI runtime"),
  };
  for (auto* option : all) option->group(group);
}

void add_probe_options(CLI::App& app, Options& o, RawOptions& raw) {
  const std::string group = "Probe and trace";
  std::vector<CLI::Option*> all{
      each(app, "--exec", raw.execs, "Probe with a command inside the container (repeatable)"),
      app.add_option("--probe-file", o.probe_file,
                     "Probes, one a line, before PROBE: a shell command of the host, \"exec: "
                     "COMMAND\" inside the container, or \"restart\"; tells what each one brings"),
      app.add_option("--ready", raw.ready,
                     "auto, port:N, http:URL, log:REGEX, healthcheck, delay:SECONDS or exit"),
      app.add_option("--timeout", o.timeout,
                     "Seconds to wait for readiness, and for the probe (60)")
          ->check(positive()),
      app.add_flag("--no-healthcheck", raw.no_health_check,
                   "Do not run the image's HEALTHCHECK as part of the probe"),
      app.add_option("--tracer", raw.tracer, "auto, ebpf or ptrace"),
      allow_incomplete(app, o),
  };
  for (auto* option : all) option->group(group);
}

std::vector<CLI::Option*> minimize_options(CLI::App& app, Options& o, RawOptions& raw) {
  return {
      app.add_flag("--minimize{all}", raw.minimize,
                   "Then look for what the probe does not need, by trying without: files, syscalls "
                   "or all (default). What the probe never does will not work in the result"),
      app.add_option("--minimize-time", o.minimize.time,
                     "Seconds after which the search ends (600); the next one goes on from there")
          ->check(positive()),
      app.add_option("--minimize-trials", o.minimize.trials,
                     "Runs that have to pass before something is taken away (2)")
          ->check(positive()),
  };
}

void add_build_options(CLI::App& app, Options& o, RawOptions& raw) {
  const std::string group = "What stays and what is allowed";
  std::vector<CLI::Option*> all{
      each(app, "--keep", o.keep.keep, "Keep what matches a glob; ** crosses directories"),
      each(app, "--keep-package", o.keep.keep_packages, "Keep all files of a package"),
      each(app, "--keep-from", o.keep_from_files, "Keep the paths listed in a file, one a line"),
      each(app, "--drop", o.keep.drop, "Remove what matches a glob, used or not"),
      app.add_option("--closure", raw.closure,
                     "observed, file (default) or package: how much is kept beyond what was seen")
          ->check(CLI::IsMember({"observed", "file", "package"})),
      app.add_flag("--no-package-database{false}", o.keep.package_database,
                   "Leave out the package database (kept for scanners, cut to what is left)"),
      each(app, "--expose", o.expose, "Declare a port in the slim image: PORT[/PROTOCOL]"),
      app.add_flag("--no-verify", raw.no_verify, "Do not run the slim image to prove it"),
      each(app, "--verify-on", o.verify_on,
           "Prove it with this runtime, too: crun, runc or a path (repeatable)"),
      app.add_option("--repair", o.repair,
                     "How often to add what verification found missing (3; 0: never)"),
  };
  const auto minimize = minimize_options(app, o, raw);
  all.insert(all.end(), minimize.begin(), minimize.end());
  const auto seccomp = seccomp_options(app, raw);
  all.insert(all.end(), seccomp.begin(), seccomp.end());
  for (auto* option : all) option->group(group);
}

CLI::Option* output_directory(CLI::App& app, Options& o) {
  return app.add_option("-o,--output", o.output, "Output directory (slim-out/NAME)");
}

void add_output_options(CLI::App& app, Options& o) {
  const std::string group = "Output";
  std::vector<CLI::Option*> all{
      output_directory(app, o),
      each(app, "--to", o.to, "Also send the image there, in skopeo's names (repeatable)"),
      each(app, "--tag", o.tags, "NAME:TAG of the slim image (repeatable)"),
  };
  for (auto* option : all) option->group(group);
}

// CLI11 knows no words after the options of a command that takes any.
struct ImageFormatter : CLI::Formatter {
  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string usage = CLI::Formatter::make_usage(app, std::move(name));
    while (usage.ends_with('\n')) usage.pop_back();
    return usage + " IMAGE [COMMAND [ARG...]] [-- PROBE [ARG...]]\n";
  }
};

}  // namespace

CLI::Option* allow_incomplete(CLI::App& app, Options& o) {
  return app.add_flag("--allow-incomplete", o.allow_incomplete,
                      "Go on with a trace that has losses or lacks the start of the container "
                      "(exit 6 otherwise)");
}

CLI::App* image_command(Program& program, const std::string& name, Command command,
                        const std::string& text) {
  CLI::App* sub = program.simple_command(name, command, text);
  sub->prefix_command();
  sub->formatter(std::make_shared<ImageFormatter>());
  sub->footer(program.app.get_footer());
  add_container_options(*sub, program.options, program.raw);
  add_probe_options(*sub, program.options, program.raw);
  return sub;
}

void add_image_commands(Program& program) {
  auto& options = program.options;
  auto& raw = program.raw;
  auto* run = image_command(program, "run", Command::run,
                            "Trace an image, rebuild it from what it uses, and prove the result");
  add_build_options(*run, options, raw);
  add_output_options(*run, options);
  auto* trace = image_command(program, "trace", Command::trace, "Only record what an image uses");
  output_directory(*trace, options)->group("Output");
  auto* build =
      image_command(program, "build", Command::build, "Rebuild an image from recorded traces");
  each(*build, "--trace", options.files, "A trace.json (repeatable, at least one)");
  build->add_flag("--force", options.force,
                  "Take the traces for ones of IMAGE, whatever they say they are of");
  add_build_options(*build, options, raw);
  add_output_options(*build, options);
  auto* verify = image_command(program, "verify", Command::verify,
                               "Run an image under a seccomp profile with a probe");
  verify->add_option("--seccomp", options.seccomp, "The profile; none: Docker's default");
}

void add_observe_command(Program& program) {
  auto& options = program.options;
  auto* observe = program.simple_command(
      "observe", Command::observe, "Watch a container that runs already, without touching it");
  observe->add_option("TARGET", options.observe.target,
                      "Name or id of a running container, of Docker or Podman");
  observe->add_option("--pid", options.observe.pid, "Instead: any process of the container")
      ->check(positive());
  observe->add_option("--duration", program.raw.duration,
                      "How long at most: 90s, 5m, 12h (until Ctrl-C, or the container's end)");
  observe->add_option("-o,--output", options.output,
                      "Output directory (slim-out/observed-NAME)");
  allow_incomplete(*observe, options)
      ->description("Do not fail for losses (exit 6 otherwise; trace.json is written anyway)");
  observe->footer(
      "slim observe [OPTIONS] TARGET [-- PROBE [ARG...]]: with a PROBE, which is run in the\n"
      "container's network namespace, the observation ends with it. Ctrl-C is a normal end.\n"
      "trace.json says that it does not cover the container's start: slim ports reads it as it is,\n"
      "slim merge unites it with one of slim trace, for slim build and slim profile. It takes eBPF,\n"
      "and a container with a pid namespace of its own.");
}

}  // namespace slim::cli
