// SPDX-License-Identifier: Apache-2.0
// Erlang loads a module when it is first called. Of an application (a directory with modules in ebin
// and all else in priv: OTP Design Principles, "Directory Structure") that is used, all modules are
// kept, and what it serves or loads; with it, those that it says it needs and those that the own
// sources call modules of.
#include <utility>

#include "keepset/erlang_source.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "keepset/traits.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// What reads the system's certificate authorities (public_key:cacerts_get/0): TLS is written in Erlang.
constexpr std::string_view kAuthorities = "pubkey_os_cacerts.beam";
constexpr uint64_t kMostPrivate = 4u << 20;
constexpr std::string_view kSources[] = {".erl", ".escript", ".ex", ".exs"};

struct ErlangState {
  std::set<std::string> applications;
  bool known = false;
  std::multimap<std::string, std::string, std::less<>> modules;  // and the applications they are of
  std::multimap<std::string, std::string, std::less<>> names;    // of applications
};

void find_applications(const Index& index, ErlangState& state) {
  if (std::exchange(state.known, true)) return;
  for (const auto& [path, entry] : index.entries()) {
    const std::string_view directory = parent_of(path), name = name_of(path);
    if (!is_file(entry) || name_of(directory) != "ebin") continue;
    const std::string_view stem = name.substr(0, name.rfind('.'));
    if (name.ends_with(".beam")) state.modules.emplace(stem, parent_of(directory));
    if (name.ends_with(".app")) state.names.emplace(stem, parent_of(directory));
  }
}

Result<void> keep_application(Marker& marker, const std::string& application,
                              const Reason& reason) {
  auto& state = marker.state<ErlangState>();
  if (!state.applications.insert(application).second) return {};
  std::set<std::string> needs;
  for (const IndexEntry* module : marker.index().children(join_path(application, "ebin"))) {
    if (!is_file(*module)) continue;
    marker.mark(*module, reason);
    if (name_of(module->path) == kAuthorities) marker.state<Traits>().tls.insert(module);
    if (!module->path.ends_with(".app")) continue;
    SLIM_TRY(const std::string_view text, marker.text(*module));
    needs.merge(erlang_needs_of(text));
  }
  find_applications(marker.index(), state);
  for (const std::string& need : needs) {
    const auto [first, last] = state.names.equal_range(need);
    for (auto found = first; found != last; ++found)
      SLIM_CHECK(keep_application(marker, found->second, reason));
  }
  const auto priv = marker.index().below(join_path(application, "priv"));
  uint64_t bytes = 0;
  for (const IndexEntry* file : priv) bytes += is_file(*file) ? file->size : 0;
  if (bytes > kMostPrivate) return {};
  for (const IndexEntry* file : priv) marker.mark(*file, reason);
  return {};
}

bool is_source(std::string_view path) { return ends_with_one(path, kSources); }

}  // namespace

Result<void> erlang_application(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry)) return {};
  const Reason reason{"erlang-application", absolute(entry.path)};
  const std::string_view modules = parent_of(entry.path);
  if (entry.path.ends_with(".beam") && marker.opened(entry) && name_of(modules) == "ebin")
    return keep_application(marker, std::string(parent_of(modules)), reason);
  if (!is_source(entry.path) || !(marker.own(entry) || marker.opened(entry))) return {};
  SLIM_TRY(const std::string_view text, marker.text(entry));
  const auto called = erlang_modules_of(text);
  auto& state = marker.state<ErlangState>();
  find_applications(marker.index(), state);
  for (const std::string& module : called) {
    const auto [first, last] = state.modules.equal_range(module);
    for (auto found = first; found != last; ++found)
      SLIM_CHECK(keep_application(marker, found->second, reason));
  }
  return {};
}

}  // namespace slim::keepset::rules
