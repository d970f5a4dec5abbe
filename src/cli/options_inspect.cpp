// SPDX-License-Identifier: Apache-2.0
// diff, xray and lint: commands that read images without running them.
#include <algorithm>

#include "cli/program.hpp"
#include "slim/base/text.hpp"

namespace slim::cli {

namespace {

void add_platform(CLI::App& app, RawOptions& raw) {
  app.add_option("--platform", raw.platform, "Of a multi-platform image: OS/ARCH[/VARIANT]");
}

Result<void> set_only(const std::vector<std::string>& only, InspectOptions& o) {
  if (only.empty()) return {};
  const auto has = [&](const char* word) {
    return is_one_of(word, only);
  };
  for (const auto& word : only)
    if (word != "added" && word != "removed" && word != "changed" && word != "config")
      return fail(ErrorCode::usage, "--only " + word + ": added, removed, changed or config");
  o.diff.added = has("added");
  o.diff.removed = has("removed");
  o.diff.changed = has("changed");
  o.config = has("config");
  return {};
}

Result<void> set_ignored(const std::vector<std::string>& ignore, InspectOptions& o) {
  for (const auto& word : ignore) {
    const auto found = std::find_if(
        std::begin(inspect::kAspects), std::end(inspect::kAspects),
        [&](inspect::Aspect aspect) { return inspect::name(aspect) == word; });
    if (found == std::end(inspect::kAspects)) {
      std::string known;
      for (const auto aspect : inspect::kAspects)
        known += (known.empty() ? "" : ", ") + std::string(inspect::name(aspect));
      return fail(ErrorCode::usage, "--ignore " + word + ": known are " + known);
    }
    o.diff.ignore.push_back(*found);
  }
  return {};
}

}  // namespace

void add_inspect_commands(Program& program) {
  auto& options = program.options;
  auto& raw = program.raw;
  auto* diff = program.simple_command(
      "diff", Command::diff, "Say what differs between two images: files, attributes, config");
  diff->add_option("IMAGE", options.files, "The two images, before and after")
      ->required()
      ->expected(2);
  each(*diff, "--only", raw.only, "Look only at these: added,removed,changed,config")
      ->delimiter(',');
  each(*diff, "--path", options.inspect.diff.globs,
       "Look only at paths that match a glob (repeatable), and not at the config");
  each(*diff, "--ignore", raw.ignore,
       "Differences that do not count: type,content,target,device,mode,owner,mtime,xattrs,links")
      ->delimiter(',');
  diff->add_flag("--exit-code", options.inspect.exit_code,
                 "End with status 8 when something differs (0 otherwise)");
  add_platform(*diff, raw);

  auto* xray = program.simple_command(
      "xray", Command::xray, "Say what an image holds: layers, waste, secrets, software");
  xray->add_option("IMAGE", options.files, "The image")->required()->expected(1);
  xray->add_option("--top", options.inspect.xray.top,
                   "How many of the largest files and duplicates to name (10)")
      ->check(CLI::NonNegativeNumber);
  add_platform(*xray, raw);

  auto* lint = program.simple_command(
      "lint", Command::lint, "Give advice on an image or a Dockerfile (- is standard input)");
  lint->add_option("IMAGE", options.files, "The image, or the Dockerfile's path")
      ->required()
      ->expected(1);
  lint->add_option("--format", options.inspect.format, "text, json or sarif (2.1.0)")
      ->check(CLI::IsMember({"text", "json", "sarif"}));
  lint->add_option("--fail-on", raw.fail_on,
                   "End with status 8 for findings of this level: note, warning, error (none)")
      ->check(CLI::IsMember({"none", "note", "warning", "error"}));
  each(*lint, "--ignore", options.inspect.ignored_rules,
       "Rules that do not count; in a Dockerfile: # slim ignore=RULE on the line above")
      ->delimiter(',');
  add_platform(*lint, raw);
}

Result<void> check_inspect_options(const RawOptions& raw, Options& o) {
  SLIM_CHECK(set_only(raw.only, o.inspect));
  if (!o.inspect.diff.globs.empty()) o.inspect.config = false;
  SLIM_CHECK(set_ignored(raw.ignore, o.inspect));
  if (raw.fail_on == "note") o.inspect.fail_on = inspect::Level::note;
  if (raw.fail_on == "warning") o.inspect.fail_on = inspect::Level::warning;
  if (raw.fail_on == "error") o.inspect.fail_on = inspect::Level::error;
  for (const auto& rule : o.inspect.ignored_rules)
    if (inspect::find_rule(rule) == nullptr)
      return fail(ErrorCode::usage, "--ignore " + rule + ": no rule of that name");
  return {};
}

}  // namespace slim::cli
