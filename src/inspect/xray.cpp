// SPDX-License-Identifier: Apache-2.0
#include "slim/inspect/xray.hpp"

#include <algorithm>

#include "inspect/history.hpp"
#include "inspect/parts.hpp"

namespace slim::inspect {

using image::EntryType;

std::vector<Step> steps_of(const image::ImageConfig& config, size_t layers) {
  const auto& history = config.history;
  const auto made = static_cast<size_t>(std::count_if(
      history.begin(), history.end(), [](const auto& step) { return !step.empty_layer; }));
  std::vector<Step> steps;
  int layer = 0;
  for (const auto& entry : history) {
    BuildStep read = read_step(entry.created_by);
    Step step;
    step.instruction = std::move(read.instruction);
    step.text = redact(read.text);
    if (!entry.empty_layer && made == layers) step.layer = layer;
    if (!entry.empty_layer) ++layer;
    steps.push_back(std::move(step));
  }
  return steps;
}

namespace {

std::string step_text(const Step& step) {
  return step.instruction.empty() ? step.text : step.instruction + " " + step.text;
}

void count_entries(const rootfs::Index& index, Xray& xray) {
  for (const auto& [path, entry] : index.entries()) {
    if (entry.type == EntryType::file) ++xray.files;
    else if (entry.type == EntryType::directory) ++xray.directories;
    else if (entry.type == EntryType::symlink) ++xray.links;
  }
  xray.file_bytes = index.file_bytes();
}

}  // namespace

Result<Xray> xray(const Subject& subject, const XrayOptions& options) {
  Xray result;
  SLIM_TRY(result.story, tell_layers(subject.layers));
  result.steps = steps_of(subject.config, subject.layers.size());
  result.layer_commands.resize(subject.layers.size());
  for (const Step& step : result.steps)
    if (step.layer >= 0) result.layer_commands[static_cast<size_t>(step.layer)] = step_text(step);
  count_entries(subject.index, result);
  result.largest_files = largest_files(subject.index, options.top);
  result.largest_directories = largest_directories(subject.index, options.top);
  SLIM_TRY(result.duplicates, find_duplicates(subject, options.duplicate_least));
  for (const Duplicate& duplicate : result.duplicates)
    result.duplicate_bytes += duplicate.saved_by_links();
  if (result.duplicates.size() > options.top) result.duplicates.resize(options.top);
  result.special = special_files(subject.index);
  SLIM_TRY(result.secrets, find_secrets(subject, result.story));
  result.config_secrets = config_secrets(subject.config);
  SLIM_TRY(result.software, software_of(subject));
  return result;
}

std::string dockerfile_text(const Xray& xray) {
  std::string text;
  for (const Step& step : xray.steps) {
    std::string line = step.instruction.empty() ? "# " + step_text(step) : step_text(step);
    // A line break in a step (a heredoc, a continued line) must not begin an instruction.
    for (size_t at = line.find('\n'); at != std::string::npos; at = line.find('\n', at + 3))
      line.replace(at, 1, step.instruction.empty() ? "\n# " : "\n  ");
    text += line + "\n";
  }
  return text;
}

}  // namespace slim::inspect
