// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "cli/exit_status.hpp"
#include "cli/inspect.hpp"
#include "slim/base/file.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"
#include "slim/inspect/lint.hpp"
#include "slim/report/sarif.hpp"

namespace slim::cli {

using inspect::Finding;
using Json = nlohmann::ordered_json;

namespace {

constexpr off_t kMaxDockerfile = 1 << 20;

// A Dockerfile is a text; archives and layouts are not. nullopt: it must be an image.
Result<std::optional<std::string>> dockerfile_at(const std::string& name) {
  if (name == "-") {
    SLIM_TRY(const Fd in, open_file("/dev/stdin", O_RDONLY));
    SLIM_TRY(std::string text, read_all(in, "standard input"));
    return std::optional<std::string>(std::move(text));
  }
  struct stat status;
  if (::stat(name.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0 ||
      status.st_size > kMaxDockerfile)
    return std::optional<std::string>();
  SLIM_TRY(std::string text, read_file(name));
  if (text.find('\0') != std::string::npos) return std::optional<std::string>();
  return std::optional<std::string>(std::move(text));
}

Result<std::vector<Finding>> findings_of(Context& context, const std::string& name) {
  SLIM_TRY(const auto text, dockerfile_at(name));
  if (text) {
    SLIM_TRY(const auto file, inspect::parse_dockerfile(*text, name == "-" ? "stdin" : name));
    return inspect::lint(file);
  }
  SLIM_TRY(const Source source, read_source(context, name, Detail::layers));
  context.terminal.begin("inspect", "");
  const auto subject = subject_of(source, context.interrupt);
  SLIM_TRY(const auto xray, inspect::xray(subject, {}));
  context.terminal.end(std::to_string(xray.files) + " files");
  return inspect::lint(subject, xray);
}

std::string place_of(const Finding& finding, const std::string& name) {
  if (finding.line > 0) return name + ":" + std::to_string(finding.line);
  return finding.path.empty() ? name : "/" + escape_bytes(finding.path);
}

std::string text_of(const std::string& name, const std::vector<Finding>& findings) {
  std::string text;
  size_t counts[3] = {0, 0, 0};
  for (const Finding& finding : findings) {
    ++counts[static_cast<size_t>(finding.rule->level)];
    text += std::string(inspect::name(finding.rule->level)) + " " + std::string(finding.rule->id) +
            "  " + place_of(finding, name) + "\n    " + finding.message + "\n    -> " +
            std::string(finding.rule->help) + "\n";
  }
  return text + std::to_string(counts[2]) + " errors, " + std::to_string(counts[1]) +
         " warnings, " + std::to_string(counts[0]) + " notes\n";
}

std::string json_of(const std::string& name, const std::vector<Finding>& findings) {
  Json document = {{"schema_version", 1}, {"target", escape_bytes(name)}};
  document["findings"] = Json::array();
  for (const Finding& finding : findings) {
    Json json = {{"rule", finding.rule->id},
                 {"level", inspect::name(finding.rule->level)},
                 {"message", finding.message},
                 {"help", finding.rule->help}};
    if (finding.line > 0) json["line"] = finding.line;
    if (!finding.path.empty()) json["path"] = "/" + escape_bytes(finding.path);
    document["findings"].push_back(std::move(json));
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string sarif_of(const std::string& name, const std::vector<Finding>& findings) {
  std::vector<report::SarifRule> rules;
  for (const auto& rule : inspect::rules())
    rules.push_back({std::string(rule.id), std::string(rule.what), std::string(rule.help),
                     std::string(inspect::name(rule.level))});
  std::vector<report::SarifFinding> list;
  for (const Finding& finding : findings)
    list.push_back({std::string(finding.rule->id), std::string(inspect::name(finding.rule->level)),
                    finding.message, finding.path.empty() ? name : finding.path, finding.line});
  return report::to_sarif(SLIM_VERSION, rules, list);
}

}  // namespace

Result<Outcome> lint_target(Context& context) {
  const InspectOptions& options = context.options.inspect;
  const std::string& name = context.options.files[0];
  SLIM_TRY(auto findings, findings_of(context, name));
  std::erase_if(findings, [&](const Finding& finding) {
    return is_one_of(finding.rule->id, options.ignored_rules);
  });
  Outcome outcome;
  for (const Finding& finding : findings)
    if (options.fail_on && finding.rule->level >= *options.fail_on) outcome.status = kExitGate;
  outcome.text = options.format == "sarif"                         ? sarif_of(name, findings)
                 : options.format == "json" || context.options.json ? json_of(name, findings)
                                                                    : text_of(name, findings);
  return outcome;
}

}  // namespace slim::cli
