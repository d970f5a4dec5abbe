// SPDX-License-Identifier: Apache-2.0
// Erlang loads a module when it is first called. Of an application (a directory with modules in ebin
// and all else in priv: OTP Design Principles, "Directory Structure") that is used, all modules are
// kept, and what it serves or loads.
#include "keepset/rules.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr uint64_t kMostPrivate = 4u << 20;

struct ErlangState {
  std::set<std::string> applications;
};

}  // namespace

Result<void> erlang_application(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || !entry.path.ends_with(".beam") || !marker.opened(entry)) return {};
  const std::string_view modules = parent_of(entry.path);
  if (name_of(modules) != "ebin") return {};
  const std::string application(parent_of(modules));
  if (!marker.state<ErlangState>().applications.insert(application).second) return {};
  const Reason reason{"erlang-application", absolute(entry.path)};
  for (const IndexEntry* module : marker.index().children(modules))
    if (is_file(*module)) marker.mark(*module, reason);
  const auto priv = marker.index().below(join_path(application, "priv"));
  uint64_t bytes = 0;
  for (const IndexEntry* file : priv) bytes += is_file(*file) ? file->size : 0;
  if (bytes > kMostPrivate) return {};
  for (const IndexEntry* file : priv) marker.mark(*file, reason);
  return {};
}

}  // namespace slim::keepset::rules
