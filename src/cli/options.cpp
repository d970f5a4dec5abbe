// SPDX-License-Identifier: Apache-2.0
#include "cli/options.hpp"

#include <algorithm>
#include <memory>
#include <set>

#include <CLI/CLI.hpp>

#include "slim/image/write.hpp"

namespace slim::cli {

namespace {

// Raw strings of the options whose text has a form of its own; checked after CLI11 is done.
struct RawOptions {
  std::string ready = "auto";
  std::string network = "private";
  std::string tracer = "auto";
  std::string platform;
  std::string closure = "file";
  std::string older_than;
  std::vector<std::string> execs;
  std::vector<std::string> security;
  bool no_verify = false, no_colour = false, no_health_check = false;
};

constexpr const char* kFooter =
    "The image commands are used as: [OPTIONS] IMAGE [COMMAND [ARG...]] [-- PROBE [ARG...]]\n"
    "IMAGE is oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME:TAG],\n"
    "docker-daemon:NAME:TAG, containers-storage:NAME:TAG, docker://REGISTRY/NAME:TAG, the path of\n"
    "an archive or layout, or NAME[:TAG], which is looked up in Docker, then Podman, then pulled.\n"
    "COMMAND replaces the image's Cmd. PROBE is a command of the host that is run in the\n"
    "container's network namespace once it listens; its exit status is the verdict.\n"
    "\n"
    "Examples:\n"
    "  slim run oci-archive:flask.tar -- curl -fsS localhost:5000/\n"
    "  slim run -e MODE=prod --exec 'redis-cli ping' redis:7\n"
    "  slim run --ready exit oci:batch:latest python3 /job.py\n"
    "\n"
    "Exit status: 0 done and verified, 1 internal error, 2 usage, 3 the image cannot be read,\n"
    "4 the container cannot be run, 5 the probe failed on the original image, 6 the trace is\n"
    "incomplete, 7 the slim image failed verification, 130 interrupted.\n"
    "Every option NAME can also be set by SLIM_NAME in the environment.";

// SLIM_NAME for --name, of the command that was chosen only: commands share variables, and an
// environment variable read for another one would win over this one's option.
void read_environment(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    if (!name.starts_with("--") || name == "--help") continue;
    std::string variable = "SLIM_" + name.substr(2);
    for (char& c : variable) c = c == '-' ? '_' : static_cast<char>(::toupper(c));
    option->envname(variable);
  }
}

// One value an occurrence; never swallows the words after it.
template <typename T>
CLI::Option* each(CLI::App& app, const std::string& name, T& into, const std::string& text) {
  return app.add_option(name, into, text)->type_size(1)->allow_extra_args(false);
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
      app.add_option("--ready", raw.ready,
                     "auto, port:N, http:URL, log:REGEX, healthcheck, delay:SECONDS or exit"),
      app.add_option("--timeout", o.timeout,
                     "Seconds to wait for readiness, and for the probe (60)")
          ->check(CLI::PositiveNumber),
      app.add_flag("--no-healthcheck", raw.no_health_check,
                   "Do not run the image's HEALTHCHECK as part of the probe"),
      app.add_option("--tracer", raw.tracer, "auto, ebpf or ptrace"),
      app.add_flag("--allow-incomplete", o.allow_incomplete,
                   "Go on with a trace that has losses (exit 6 otherwise)"),
  };
  for (auto* option : all) option->group(group);
}

void add_build_options(CLI::App& app, Options& o, RawOptions& raw) {
  const std::string group = "What stays";
  std::vector<CLI::Option*> all{
      each(app, "--keep", o.keep.keep, "Keep what matches a glob; ** crosses directories"),
      each(app, "--keep-package", o.keep.keep_packages, "Keep all files of a package"),
      each(app, "--keep-from", o.keep_from_files, "Keep the paths listed in a file, one a line"),
      each(app, "--drop", o.keep.drop, "Remove what matches a glob, used or not"),
      app.add_option("--closure", raw.closure,
                     "observed, file (default) or package: how much is kept beyond what was seen")
          ->check(CLI::IsMember({"observed", "file", "package"})),
      each(app, "--expose", o.expose, "Declare a port in the slim image: PORT[/PROTOCOL]"),
      app.add_flag("--no-verify", raw.no_verify, "Do not run the slim image to prove it"),
      app.add_option("--repair", o.repair,
                     "How often to add what verification found missing (3; 0: never)"),
  };
  for (auto* option : all) option->group(group);
}

void add_output_options(CLI::App& app, Options& o) {
  const std::string group = "Output";
  std::vector<CLI::Option*> all{
      app.add_option("-o,--output", o.output, "Output directory (slim-out/NAME)"),
      each(app, "--to", o.to, "Also send the image there, in skopeo's names (repeatable)"),
      each(app, "--tag", o.tags, "NAME:TAG of the slim image (repeatable)"),
  };
  for (auto* option : all) option->group(group);
}

void add_general_options(CLI::App& app, Options& o, RawOptions& raw) {
  const std::string group = "General";
  app.add_flag("--json", o.json, "One JSON document on stdout")->group(group);
  app.add_flag("-q,--quiet", o.quiet, "Only errors on stderr")->group(group);
  app.add_flag("-v,--verbose", o.verbose, "More on stderr; -v HOST:/PATH is --volume")
      ->group(group);
  app.add_flag("--no-color", raw.no_colour, "No colours")->group(group);
}

struct Program {
  CLI::App app{"slim: make container images small, and prove that they still work", "slim"};
  Options options;
  RawOptions raw;

  CLI::App* image_command(const std::string& name, Command command, const std::string& text) {
    CLI::App* sub = simple_command(name, command, text);
    sub->prefix_command();
    sub->footer(kFooter);
    add_container_options(*sub, options, raw);
    add_probe_options(*sub, options, raw);
    return sub;
  }
  CLI::App* simple_command(const std::string& name, Command command, const std::string& text,
                           CLI::App* parent = nullptr) {
    CLI::App* sub = (parent != nullptr ? parent : &app)->add_subcommand(name, text);
    sub->callback([this, command] { options.command = command; });
    add_general_options(*sub, options, raw);
    return sub;
  }
  Program();
};

Program::Program() {
  app.require_subcommand(1);
  app.footer(kFooter);
  auto* run = image_command("run", Command::run,
                            "Trace an image, rebuild it from what it uses, and prove the result");
  add_build_options(*run, options, raw);
  add_output_options(*run, options);
  auto* trace = image_command("trace", Command::trace, "Only record what an image uses");
  add_output_options(*trace, options);
  auto* build = image_command("build", Command::build, "Rebuild an image from recorded traces");
  each(*build, "--trace", options.files, "A trace.json (repeatable)")->required();
  add_build_options(*build, options, raw);
  add_output_options(*build, options);
  auto* verify = image_command("verify", Command::verify,
                               "Run an image under a seccomp profile with a probe");
  verify->add_option("--seccomp", options.seccomp, "The profile; none: Docker's default");

  auto* merge = simple_command("merge", Command::merge, "Unite traces of the same image");
  merge->add_option("TRACE", options.files, "trace.json files")->required();
  merge->add_option("-o,--output", options.output, "The united trace (stdout)");
  merge->add_flag("--force", options.force, "Unite traces of different images");
  auto* profile = simple_command("profile", Command::profile,
                                 "Print the seccomp profile for one or more traces");
  profile->add_option("TRACE", options.files, "trace.json files")->required();
  auto* ports = simple_command("ports", Command::ports, "Print the ports that a trace served");
  ports->add_option("TRACE", options.files, "trace.json")->required();
  auto* explain = simple_command("explain", Command::explain, "Say why a path is in the slim image");
  explain->add_option("PATH", options.files, "Paths in the image")->required();
  explain->add_option("-o,--output", options.output, "Output directory of the run (the newest)");
  auto* cache = app.add_subcommand("cache", "Show or free the layer store");
  cache->require_subcommand(1);
  simple_command("ls", Command::cache_ls, "List the layers", cache);
  auto* prune = simple_command("prune", Command::cache_prune, "Remove unused layers", cache);
  prune->add_option("--older-than", raw.older_than, "Only those not used for: 30m, 12h, 7d");
  auto* completion = simple_command("completion", Command::completion, "Print shell completions");
  completion->add_option("SHELL", options.shell, "bash")
      ->required()
      ->check(CLI::IsMember({"bash"}));
  simple_command("version", Command::version, "Print the version");
}

Result<int64_t> parse_age(const std::string& text) {
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
    return fail(ErrorCode::usage, "--older-than " + text + ": not an age like 30m, 12h or 7d");
  return value * factor;
}

Result<void> set_security(const std::vector<std::string>& security, Options& o) {
  for (const auto& text : security) {
    if (text == "no-new-privileges" || text == "no-new-privileges:true" ||
        text == "no-new-privileges=true") {
      o.run.no_new_privileges = true;
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
  o.prove = !raw.no_verify;
  o.colour = !raw.no_colour;
  o.health_check = !raw.no_health_check;
  return {};
}

Result<void> check(const RawOptions& raw, Options& o) {
  SLIM_CHECK(set_choices(raw, o));
  SLIM_CHECK(set_security(raw.security, o));
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
    SLIM_TRY(o.older_than, parse_age(raw.older_than));
  }
  for (const auto& destination : o.to)
    SLIM_CHECK_CONTEXT(image::check_destination(destination), "--to " + destination);
  for (auto& tag : o.tags) {
    SLIM_TRY(tag, image::normalise_tag(tag));
  }
  return {};
}

bool takes_image(Command command) {
  return command == Command::run || command == Command::trace || command == Command::build ||
         command == Command::verify;
}

// What CLI11 left: IMAGE and COMMAND. A word with a dash before IMAGE is an unknown option.
Result<void> set_positional(const CLI::App& sub, Options& o) {
  const auto rest = sub.remaining();
  if (rest.empty())
    return fail(ErrorCode::usage, "no IMAGE given; see slim " + sub.get_name() + " --help");
  if (rest[0].starts_with('-'))
    return fail(ErrorCode::usage,
                "unknown option " + rest[0] + "; see slim " + sub.get_name() + " --help");
  o.image = rest[0];
  o.run.command.assign(rest.begin() + 1, rest.end());
  return {};
}

}  // namespace

namespace {

// -v means --volume to those who know `docker run` and --verbose to everybody else. Read as the
// latter, a volume is left over where IMAGE should be; no image's name looks like HOST:/PATH, except
// with a transport before the colon.
bool is_volume(const std::string& word) {
  static const std::set<std::string> kTransports = {"oci", "oci-archive", "docker-archive",
                                                    "docker-daemon", "containers-storage", "docker"};
  const auto colon = word.find(":/");
  return colon != std::string::npos && colon > 0 && !kTransports.contains(word.substr(0, colon));
}

// The place of a -v before the first word that is left over, if that word is a volume.
std::optional<size_t> misread_volume(const std::vector<std::string>& words, const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) return std::nullopt;
  const auto rest = chosen.front()->remaining();
  if (rest.empty() || !is_volume(rest[0])) return std::nullopt;
  const size_t at = words.size() - rest.size();
  if (at == 0 || words[at - 1] != "-v") return std::nullopt;
  return at - 1;
}

// The command that the words name, "cache ls" included; nullptr if there is none.
CLI::App* named_command(CLI::App& app, const std::vector<std::string>& words) {
  CLI::App* found = nullptr;
  for (const auto& word : words) {
    const auto named = (found != nullptr ? found : &app)->get_subcommands([&](CLI::App* sub) {
      return sub->get_name() == word;
    });
    if (named.empty()) break;
    found = named.front();
  }
  return found;
}

// Everything before the probe. Errors are CLI11's exceptions.
std::unique_ptr<Program> parse_options(std::vector<std::string> words) {
  for (;;) {
    auto program = std::make_unique<Program>();
    if (CLI::App* chosen = named_command(program->app, words)) read_environment(*chosen);
    program->app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    const auto volume = misread_volume(words, program->app);
    if (!volume) return program;
    words[*volume] = "--volume";
  }
}

}  // namespace

Result<Parsed> parse_command_line(const std::vector<std::string>& arguments) {
  // Everything after the first -- is the probe, untouched.
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  Parsed parsed;
  std::unique_ptr<Program> program;
  try {
    program = parse_options({arguments.begin(), dashes});
  } catch (const CLI::CallForHelp&) {
    parsed.only_message = true;
    Program all;
    const CLI::App* named = named_command(all.app, arguments);
    parsed.message = (named != nullptr ? named : &all.app)->help();
    return parsed;
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::usage, std::string(error.what()) + "; see slim --help");
  }
  Options& options = program->options;
  if (dashes != arguments.end()) {
    options.probe.assign(dashes + 1, arguments.end());
    if (options.probe.empty())
      return fail(ErrorCode::usage, "nothing after --: give the PROBE command, or leave -- out");
  }
  const auto chosen = program->app.get_subcommands();
  if (takes_image(options.command))
    SLIM_CHECK(set_positional(*chosen.front(), options));
  else if (!options.probe.empty())
    return fail(ErrorCode::usage, "slim " + chosen.front()->get_name() + " takes no PROBE");
  SLIM_CHECK(check(program->raw, options));
  parsed.options = std::move(options);
  return parsed;
}

}  // namespace slim::cli
