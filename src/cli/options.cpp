// SPDX-License-Identifier: Apache-2.0
#include "cli/options.hpp"

#include <stdlib.h>

#include <algorithm>
#include <memory>
#include <set>
#include <sstream>
#include <utility>

#include "cli/program.hpp"

namespace slim::cli {

namespace {

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
    "incomplete, 7 the slim image failed verification, 8 a gate failed\n"
    "(--exit-code, --fail-on), 130 interrupted, 141 the reader of stdout has gone.\n"
    "Every option --some-name can also be set by SLIM_SOME_NAME in the environment; those that may be\n"
    "given several times have one value a line there.";

// "SLIM_SOME_NAME" of --some-name; empty for what has no variable.
std::string variable_of(const CLI::Option& option) {
  const std::string name = option.get_name();
  if (!name.starts_with("--") || name == "--help") return {};
  std::string variable = "SLIM_" + name.substr(2);
  for (char& c : variable) c = c == '-' ? '_' : static_cast<char>(::toupper(c));
  return variable;
}

bool is_list(const CLI::Option& option) { return option.get_expected_max() > 1; }

// Before the words are parsed. Of the command that was chosen only: commands share variables, and an
// environment variable read for another one would win over this one's option.
void read_environment(CLI::App& app) {
  for (CLI::Option* option : app.get_options())
    if (!is_list(*option)) option->envname(variable_of(*option));
}

// After it, for CLI11 takes a variable for one value: the lists that no word has given.
void read_lists_of_environment(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    const std::string variable = variable_of(*option);
    const char* text = variable.empty() ? nullptr : ::getenv(variable.c_str());
    if (text == nullptr || !is_list(*option) || option->count() > 0) continue;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      if (!line.empty()) option->add_result(line);
    if (option->count() > 0) option->run_callback();
  }
}

void add_general_options(CLI::App& app, Options& o, RawOptions& raw) {
  const std::string group = "General";
  app.add_flag("--json", o.json, "One JSON document on stdout")->group(group);
  app.add_flag("-q,--quiet", o.quiet, "Only warnings and errors on stderr")->group(group);
  app.add_flag("-v,--verbose", o.verbose, "More on stderr; -v HOST:/PATH is --volume")
      ->group(group);
  app.add_flag("--no-color", raw.no_colour, "No colours")->group(group);
}

// Of options that take one value the last one counts, as with docker.
void let_last_win(CLI::App& app) {
  for (CLI::Option* option : app.get_options())
    if (!is_list(*option) && option->nonpositional())
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  for (CLI::App* sub : app.get_subcommands([](CLI::App*) { return true; })) let_last_win(*sub);
}

}  // namespace

CLI::App* Program::simple_command(const std::string& name, Command command,
                                  const std::string& text, CLI::App* parent) {
  CLI::App* sub = (parent != nullptr ? parent : &app)->add_subcommand(name, text);
  sub->callback([this, command] { options.command = command; });
  add_general_options(*sub, options, raw);
  return sub;
}

Program::Program(bool ports_of_traces) {
  app.require_subcommand(1);
  app.set_version_flag("--version", "slim " SLIM_VERSION);
  app.footer(kFooter);
  add_image_commands(*this);
  add_observe_command(*this);
  add_result_commands(*this);
  add_inspect_commands(*this);
  add_ports_command(*this, ports_of_traces);
  auto* cache = app.add_subcommand("cache", "Show or free the layer store");
  cache->require_subcommand(1);
  simple_command("ls", Command::cache_ls, "List the layers", cache);
  auto* prune = simple_command("prune", Command::cache_prune, "Remove unused layers", cache);
  prune->add_option("--older-than", raw.older_than, "Only those not used for: 30m, 12h, 7d");
  auto* completion = simple_command("completion", Command::completion, "Print shell completions");
  completion->add_option("SHELL", options.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  simple_command("version", Command::version, "Print the version");
  let_last_win(app);
}

namespace {

bool takes_image(const Options& options) {
  const Command command = options.command;
  return command == Command::run || command == Command::trace || command == Command::build ||
         command == Command::verify || (command == Command::ports && options.files.empty());
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

// `slim build IMAGE --trace FILE...`: without --trace before IMAGE, what begins with it is no COMMAND.
Result<void> take_traces_after_image(Options& o) {
  auto& words = o.run.command;
  const auto names_option = [](const std::string& word) {
    return word == "--trace" || word.starts_with("--trace=");
  };
  if (o.command != Command::build || !o.files.empty() || words.empty() || !names_option(words[0]))
    return {};
  for (const auto& word : std::exchange(words, {})) {
    if (word.starts_with("--trace="))
      o.files.push_back(word.substr(word.find('=') + 1));
    else if (word.starts_with('-') && !names_option(word))
      return fail(ErrorCode::usage, "option " + word + " comes after IMAGE; only --trace may");
    else if (word != "--trace")
      o.files.push_back(word);
  }
  return {};
}

// -v means --volume to those who know `docker run` and --verbose to everybody else. Read as the
// latter, a volume is left over where IMAGE should be; no image's name looks like HOST:/PATH, except
// with a transport before the colon.
bool is_volume(const std::string& word) {
  static const std::set<std::string> kTransports = {"oci", "oci-archive", "docker-archive",
                                                    "docker-daemon", "containers-storage", "docker"};
  const auto colon = word.find(":/");
  return colon != std::string::npos && colon > 0 && !kTransports.contains(word.substr(0, colon));
}

// The first word that is left over, and the place of the option before it; nothing if there is none.
struct AfterOption {
  std::string word;
  size_t option = 0;
};
std::optional<AfterOption> left_over_after(const std::string& option,
                                           const std::vector<std::string>& words,
                                           const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) return std::nullopt;
  const auto rest = chosen.front()->remaining();
  const size_t at = words.size() - rest.size();
  if (rest.empty() || at == 0 || words[at - 1] != option) return std::nullopt;
  return AfterOption{rest[0], at - 1};
}

// --minimize has a value only after "=". IMAGE is hardly called as one of them is.
void refuse_detached_value(const std::vector<std::string>& words, const CLI::App& app) {
  const auto image = left_over_after("--minimize", words, app);
  if (!image || (image->word != "files" && image->word != "syscalls" && image->word != "all")) return;
  throw CLI::ValidationError("--minimize " + image->word, "write --minimize=" + image->word +
                                                              ", or " + image->word +
                                                              ":latest for an image of that name");
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

std::string help_of(const CLI::App& command) {
  std::string above;
  for (const CLI::App* app = command.get_parent(); app != nullptr; app = app->get_parent())
    above = app->get_name() + (above.empty() ? "" : " ") + above;
  return command.help(above);
}

bool is_ports_of_traces(const Program& program) {
  const auto chosen = program.app.get_subcommands();
  if (program.options.command != Command::ports || chosen.empty()) return false;
  const auto rest = chosen.front()->remaining();
  return !rest.empty() && names_trace(rest[0]);
}

// "--entrypoint=" gives an empty value, where CLI11 takes the next word: into two words the first one
// before the words that are left over. False if there is none.
bool split_empty_value(std::vector<std::string>& words, const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  const size_t left_over = chosen.empty() ? 0 : chosen.front()->remaining().size();
  const auto end = words.end() - static_cast<ptrdiff_t>(left_over);
  const auto found = std::find_if(words.begin(), end, [](const std::string& word) {
    return word.starts_with("--") && word.find('=') == word.size() - 1;
  });
  if (found == end) return false;
  found->pop_back();
  words.insert(found + 1, "");
  return true;
}

// Everything before the probe. Errors are CLI11's exceptions.
std::unique_ptr<Program> parse_options(std::vector<std::string> words) {
  for (bool of_traces = false;;) {
    auto program = std::make_unique<Program>(of_traces);
    if (CLI::App* chosen = named_command(program->app, words)) read_environment(*chosen);
    try {
      program->app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::Success&) {
      throw;
    } catch (const CLI::ParseError&) {
      if (split_empty_value(words, program->app)) continue;
      throw;
    }
    if (split_empty_value(words, program->app)) continue;
    if (CLI::App* chosen = named_command(program->app, words)) read_lists_of_environment(*chosen);
    if (!of_traces && is_ports_of_traces(*program)) {
      of_traces = true;  // whose options may come after them
      continue;
    }
    refuse_detached_value(words, program->app);
    const auto after_v = left_over_after("-v", words, program->app);
    if (!after_v || !is_volume(after_v->word)) return program;
    words[after_v->option] = "--volume";
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
  } catch (const CLI::CallForVersion& version) {
    parsed.only_message = true;
    parsed.message = std::string(version.what()) + "\n";
    return parsed;
  } catch (const CLI::CallForHelp&) {
    parsed.only_message = true;
    Program all;
    const CLI::App* named = named_command(all.app, arguments);
    parsed.message = named != nullptr ? help_of(*named) : all.app.help();
    return parsed;
  } catch (const CLI::ParseError& error) {
    Program all;
    if (!arguments.empty() && !arguments[0].starts_with('-') &&
        named_command(all.app, arguments) == nullptr)
      return fail(ErrorCode::usage, "there is no command '" + arguments[0] + "'; see slim --help");
    return fail(ErrorCode::usage, std::string(error.what()) + "; see slim --help");
  }
  Options& options = program->options;
  if (dashes != arguments.end()) {
    options.probe.assign(dashes + 1, arguments.end());
    if (options.probe.empty())
      return fail(ErrorCode::usage, "nothing after --: give the PROBE command, or leave -- out");
  }
  const auto chosen = program->app.get_subcommands();
  if (takes_image(options)) {
    SLIM_CHECK(set_positional(*chosen.front(), options));
    SLIM_CHECK(take_traces_after_image(options));
  } else if (!options.probe.empty() && options.command != Command::observe) {
    return fail(ErrorCode::usage, "slim " + chosen.front()->get_name() + " takes no PROBE");
  }
  SLIM_CHECK(check_options(program->raw, options));
  parsed.options = std::move(options);
  return parsed;
}

}  // namespace slim::cli
