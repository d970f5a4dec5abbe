// SPDX-License-Identifier: Apache-2.0
#include "cli/minimize_journal.hpp"

#include <nlohmann/json.hpp>

#include "slim/base/path.hpp"

namespace slim::cli {

namespace {

using nlohmann::json;
using verify::Verdict;

json document_of(const Verdicts& verdicts) {
  json document = json::object();
  for (const auto& [name, verdict] : verdicts)
    if (verdict != Verdict::undecided)
      document[escape_bytes(name)] = verdict == Verdict::removed ? "removed" : "needed";
  return document;
}

Result<Verdicts> verdicts_from(const json& document) {
  Verdicts verdicts;
  for (const auto& [key, verdict] : document.items()) {
    SLIM_TRY(std::string name, unescape_bytes(key));
    verdicts[std::move(name)] =
        verdict.get<std::string>() == "removed" ? Verdict::removed : Verdict::needed;
  }
  return verdicts;
}

}  // namespace

std::string to_json(const MinimizeJournal& journal) {
  json probe = json::array();
  for (const auto& step : journal.probe) probe.push_back(escape_bytes(step));
  const json document = {{"schema_version", 1},
                         {"image", journal.image_digest},
                         {"probe", probe},
                         {"files", document_of(journal.files)},
                         {"syscalls", document_of(journal.syscalls)}};
  return document.dump(1) + "\n";
}

Result<MinimizeJournal> minimize_journal_from(const std::string& text, const std::string& name) {
  try {
    const json document = json::parse(text);
    MinimizeJournal journal;
    if (document.at("schema_version") != 1)
      return fail(ErrorCode::usage, name + ": of another version of slim");
    journal.image_digest = document.at("image").get<std::string>();
    for (const auto& step : document.at("probe")) {
      SLIM_TRY(std::string words, unescape_bytes(step.get<std::string>()));
      journal.probe.push_back(std::move(words));
    }
    SLIM_TRY(journal.files, verdicts_from(document.at("files")));
    SLIM_TRY(journal.syscalls, verdicts_from(document.at("syscalls")));
    return journal;
  } catch (const json::exception& error) {
    return fail(ErrorCode::usage, name + ": not what a search writes: " + error.what());
  }
}

}  // namespace slim::cli
