// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"

#include <time.h>

#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/levels.hpp"
#include "cli/observe.hpp"
#include "cli/output.hpp"
#include "cli/product.hpp"
#include "cli/traces.hpp"
#include "cli/tree_json.hpp"
#include "slim/base/path.hpp"

namespace slim::cli {

using nlohmann::json;

Result<std::string> merge_traces(const Options& options) {
  SLIM_TRY(const auto trace, merged_trace(options.files, options.force));
  const std::string text = trace::to_json(trace);
  if (options.output.empty()) return text;
  SLIM_CHECK(write_file_atomically(options.output, text));
  return options.json ? text : std::string();
}

Result<std::string> explain_paths(const Options& options) {
  std::string directory = options.output;
  if (directory.empty()) {
    SLIM_TRY(directory, in_step(ErrorCode::usage, newest_output()));
  }
  if (options.files.empty()) {
    const std::string levels = join_path(directory, "levels.json");
    SLIM_TRY(const std::string document, in_step(ErrorCode::usage, read_file(levels)));
    return options.json ? document : levels_table(document, levels);
  }
  const std::string file = join_path(directory, "keepset.json");
  SLIM_TRY(const std::string text, in_step(ErrorCode::usage, read_file(file)));
  SLIM_TRY(const auto keep, keepset::from_json(text, file));
  const std::string tree = join_path(directory, "tree.json");
  SLIM_TRY(const std::string paths, in_step(ErrorCode::usage, read_file(tree)));
  SLIM_TRY(const auto original, tree_from_json(paths, tree));
  std::string out;
  json document = json::object();
  for (const auto& path : options.files) {
    const auto lines = keepset::explain(keep, original, path);
    document[escape_bytes(path)] = lines;
    for (const auto& line : lines) out += line + "\n";
  }
  return options.json ? document.dump(2) + "\n" : out;
}

namespace {

std::string date_text(int64_t seconds) {
  const time_t time = seconds;
  struct tm parts;
  char text[32];
  ::localtime_r(&time, &parts);
  ::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts);
  return text;
}

}  // namespace

Result<std::string> list_cache(const Options& options, const rootfs::Store& store) {
  SLIM_TRY(const auto items, store.list());
  if (options.json) {
    json document = json::array();
    for (const auto& item : items)
      document.push_back({{"diff_id", item.diff_id.text()},
                          {"bytes", item.bytes},
                          {"files", item.files},
                          {"last_used", item.last_used},
                          {"in_use", item.in_use}});
    return document.dump(2) + "\n";
  }
  std::ostringstream out;
  uint64_t total = 0;
  out << std::left << std::setw(20) << "LAYER" << std::right << std::setw(10) << "SIZE"
      << std::setw(10) << "FILES" << "  LAST USED\n";
  for (const auto& item : items) {
    total += item.bytes;
    out << std::left << std::setw(20) << item.diff_id.text().substr(0, 19) << std::right
        << std::setw(10) << report::human_bytes(item.bytes) << std::setw(10) << item.files << "  "
        << date_text(item.last_used) << (item.in_use ? "  in use" : "") << "\n";
  }
  out << items.size() << " layers, " << report::human_bytes(total) << " in " << store.directory()
      << "\n";
  return out.str();
}

Result<std::string> prune_cache(const Options& options, rootfs::Store& store) {
  SLIM_TRY(const uint64_t freed, store.prune(options.older_than.value_or(0)));
  if (options.json) return json{{"freed_bytes", freed}}.dump(2) + "\n";
  return "freed " + report::human_bytes(freed) + "\n";
}

std::string version_text(const Options& options) {
  if (options.json) return json{{"version", SLIM_VERSION}}.dump(2) + "\n";
  return "slim " SLIM_VERSION "\n";
}

}  // namespace slim::cli
