// SPDX-License-Identifier: Apache-2.0
#include "cli/levels.hpp"

#include <algorithm>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/kept_bytes.hpp"
#include "slim/report/terminal.hpp"

namespace slim::cli {

namespace {

using nlohmann::json;

struct Weight {
  uint64_t files = 0, bytes = 0;
  void add(uint64_t size) {
    ++files;
    bytes += size;
  }
  json document() const { return {{"files", files}, {"bytes", bytes}}; }
};

std::string rule_of(const std::set<keepset::Reason>& reasons) {
  for (const auto& reason : reasons) {
    const keepset::Origin origin = origin_of(reason);
    // These hold at every closure.
    if (origin == keepset::Origin::run || origin == keepset::Origin::asked) return "observed";
  }
  return reasons.empty() ? std::string() : reasons.begin()->rule;
}

std::string_view name_of(keepset::Closure closure) {
  switch (closure) {
    case keepset::Closure::observed:
      return "observed";
    case keepset::Closure::package:
      return "package";
    default:
      return "file";
  }
}

struct Weights {
  std::map<std::string, Weight> rules;
  Weight all;
};

Weights weigh(const rootfs::Index& index, const keepset::KeepSet& keep) {
  Weights weights;
  KeptBytes kept(keep);
  for (const auto& [path, reasons] : keep.paths) {
    const rootfs::IndexEntry* entry = index.find(path);
    if (entry == nullptr || entry->type == image::EntryType::directory) continue;
    const uint64_t size = kept.of(*entry);
    weights.rules[rule_of(reasons)].add(size);
    weights.all.add(size);
  }
  return weights;
}

}  // namespace

Result<std::string> levels_json(Context& context, const Source& source, const trace::Trace& trace,
                                const Amendments& amendments,
                                const keepset::KeepSet& keep) {
  const keepset::Closure chosen = context.options.keep.closure;
  const auto kept = weigh(source.rootfs.index(), keep);
  json document = {{"closure", name_of(chosen)},
                   {"kept", kept.all.document()},
                   {"rules", json::object()},
                   {"levels", {{name_of(chosen), kept.all.document()}}}};
  for (const auto& [rule, weight] : kept.rules) document["rules"][rule] = weight.document();
  Amendments whole;  // a level is what it is without --minimize
  whole.added = amendments.added;
  for (const auto closure : {keepset::Closure::observed, keepset::Closure::file,
                             keepset::Closure::package}) {
    if (closure == chosen) continue;
    SLIM_TRY(const auto other, compute_keep_set(context, source, trace, whole, closure));
    document["levels"][name_of(closure)] = weigh(source.rootfs.index(), other).all.document();
  }
  return document.dump(2) + "\n";
}

Result<std::string> levels_table(const std::string& text, const std::string& name) {
  try {
    const json document = json::parse(text);
    std::ostringstream out;
    const auto line = [&](const std::string& what, const json& weight) {
      out << std::left << std::setw(20) << what << std::right << std::setw(8)
          << weight.at("files").get<uint64_t>() << std::setw(12)
          << report::human_bytes(weight.at("bytes").get<uint64_t>()) << "\n";
    };
    out << "RULE                   FILES        SIZE\n";
    std::vector<std::pair<uint64_t, std::string>> order;
    for (const auto& [rule, weight] : document.at("rules").items())
      order.emplace_back(weight.at("bytes").get<uint64_t>(), rule);
    std::sort(order.rbegin(), order.rend());
    for (const auto& [bytes, rule] : order) line(rule, document.at("rules").at(rule));
    line("all (" + document.at("closure").get<std::string>() + ")", document.at("kept"));
    out << "\nCLOSURE                FILES        SIZE\n";
    for (const char* level : {"observed", "file", "package"})
      line(level, document.at("levels").at(level));
    return out.str();
  } catch (const json::exception& error) {
    return fail(ErrorCode::usage, name + ": not what slim run writes: " + error.what());
  }
}

}  // namespace slim::cli
