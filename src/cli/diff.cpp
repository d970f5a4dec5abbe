// SPDX-License-Identifier: Apache-2.0
#include "cli/diff_output.hpp"
#include "cli/exit_status.hpp"
#include "cli/inspect.hpp"
#include "cli/source.hpp"
#include "slim/base/path.hpp"

namespace slim::cli {

using Json = nlohmann::ordered_json;

namespace {

inspect::Side side_of(const Source& source) {
  inspect::Side side{source.rootfs.index(), {}, {}};
  for (const auto& layer : source.image.layers) side.layers.push_back(layer.diff_id);
  side.open = [&rootfs = source.rootfs](const rootfs::IndexEntry& entry) {
    return rootfs.open_content(entry);
  };
  return side;
}

Json image_json(const std::string& reference, const Source& source) {
  return {{"reference", escape_bytes(reference)},
          {"digest", source.image.digest.text()},
          {"layers", source.image.layers.size()},
          {"bytes", source.rootfs.layer_bytes()},
          {"file_bytes", source.rootfs.index().file_bytes()}};
}

std::string amount_text(const char* what, const inspect::Amount& amount) {
  return std::to_string(amount.paths) + " " + what + " (" + report::human_bytes(amount.bytes) + ")";
}

std::string summary_text(const Source& before, const Source& after,
                         const inspect::DiffSummary& files, size_t config) {
  return amount_text("added", files.added) + ", " + amount_text("removed", files.removed) + ", " +
         amount_text("changed", files.changed) + ", " + amount_text("the same", files.same) + "; " +
         std::to_string(config) + " of the config; layers " +
         report::human_bytes(before.rootfs.layer_bytes()) + " -> " +
         report::human_bytes(after.rootfs.layer_bytes()) + "\n";
}

}  // namespace

Result<Outcome> diff_images(Context& context) {
  const Options& options = context.options;
  SLIM_TRY(const Source before, read_source(context, options.files[0]));
  SLIM_TRY(const Source after, read_source(context, options.files[1]));
  context.terminal.begin("compare", "");
  Json list = Json::array();
  const auto sink = [&](const inspect::FileChange& change) -> Result<void> {
    if (!options.json) return print_now(diff_line(change));
    list.push_back(to_json(change));
    return {};
  };
  SLIM_TRY(const auto files, inspect::diff_files(side_of(before), side_of(after),
                                                 options.inspect.diff, &context.interrupt, sink));
  std::vector<inspect::ConfigChange> config;
  if (options.inspect.config) config = inspect::diff_configs(before.image.config, after.image.config);
  context.terminal.end(std::to_string(files.contents_read) + " files read");

  const bool equal = files.equal() && config.empty();
  Outcome outcome;
  outcome.status = options.inspect.exit_code && !equal ? kExitGate : 0;
  if (options.json) {
    Json document = {{"schema_version", 1}, {"equal", equal}};
    document["before"] = image_json(options.files[0], before);
    document["after"] = image_json(options.files[1], after);
    document["summary"] = to_json(files);
    document["config"] = Json::array();
    for (const auto& change : config) document["config"].push_back(to_json(change));
    document["files"] = std::move(list);
    outcome.text = document.dump(2) + "\n";
  } else {
    for (const auto& change : config) outcome.text += diff_line(change);
    outcome.text += summary_text(before, after, files, config.size());
  }
  return outcome;
}

}  // namespace slim::cli
