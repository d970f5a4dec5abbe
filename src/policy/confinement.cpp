// SPDX-License-Identifier: Apache-2.0
#include "slim/policy/confinement.hpp"

#include <algorithm>
#include <cstdio>
#include <set>

#include "policy/capabilities.hpp"
#include "policy/writable.hpp"
#include "slim/base/path.hpp"

namespace slim::policy {
namespace {

// Executed files that give privileges. no_new_privs makes the kernel ignore that.
std::vector<std::string> elevating(const trace::Trace& trace, const ConfinementInput& input) {
  std::set<std::string> found;
  if (!input.image) return {};
  const auto look = [&](const std::string& path) {
    if (const auto entry = input.image(path); entry.exists && entry.elevates) found.insert(entry.path);
  };
  for (const auto& exec : trace.execs) look(exec.file);
  for (const auto& [path, use] : trace.files)
    if (use.access & trace::kExecuted) look(path);
  return {found.begin(), found.end()};
}

// A file that was used and that only its owner, root, may use.
std::optional<std::string> for_root_alone(const trace::Trace& trace, const ImageLookup& image) {
  for (const auto& [path, use] : trace.files) {
    if (!use.on_rootfs) continue;
    const auto entry = image(path);
    if (!entry.exists || entry.uid != 0) continue;
    uint32_t bits = 0;
    if (use.access & (trace::kRead | trace::kListed)) bits |= 4;
    if (use.access & trace::kWritten) bits |= 2;
    if (use.access & trace::kExecuted) bits |= 1;
    if ((entry.mode & bits) != bits) return entry.path;
  }
  return std::nullopt;
}

void judge_root(const trace::Trace& trace, const ConfinementInput& input, Confinement& made) {
  made.root_needed = false;
  if (input.uid && *input.uid != 0 && made.elevating.empty()) {
    made.root_reason = "it runs as user " + std::to_string(*input.uid);
  } else if (!made.elevating.empty()) {
    made.root_needed = true;
    made.root_reason = escape_bytes(made.elevating.front()) + " gives privileges";
  } else if (!made.capabilities.empty()) {
    made.root_needed = true;
    made.root_reason = made.capabilities.front().name + ": " + made.capabilities.front().reason;
  } else if (!input.image) {
    made.root_needed = true;
    made.root_reason = "the owners of the files are not known without the image";
  } else if (const auto file = for_root_alone(trace, input.image)) {
    made.root_needed = true;
    made.root_reason = "only root may use " + escape_bytes(*file);
  } else {
    made.root_reason = "no capability was used, and no file that is root's alone";
  }
}

}  // namespace

Confinement confinement(const trace::Trace& trace, const ConfinementInput& input) {
  Confinement made;
  made.elevating = elevating(trace, input);
  // Docker gives capabilities to root alone; others come to have them by executing a file.
  const bool can_have = !input.uid || *input.uid == 0 || !made.elevating.empty() || !input.image;
  made.capabilities_observed = trace.capabilities_known;
  if (trace.capabilities_known || can_have)
    made.capabilities = needed_capabilities(trace, input);
  made.writable = writable_paths(trace, input);
  judge_root(trace, input, made);

  made.possible = {true, true, true};
  if (!trace.capabilities_known && !made.capabilities.empty())
    made.notes.push_back("the kernel reported no capability checks: the capabilities are deduced "
                         "from system calls, and may be more than are needed");
  for (const auto& path : made.writable) {
    if (path.path != "/") continue;
    made.possible.read_only = false;
    made.notes.push_back("the root directory itself was written to: " +
                         escape_bytes(path.examples.empty() ? "/" : path.examples.front()));
  }
  if (!made.elevating.empty()) {
    made.possible.no_new_privileges = false;
    made.notes.push_back(escape_bytes(made.elevating.front()) +
                         " was executed, which gives privileges by its mode or capabilities");
  }
  if (!input.image)
    made.notes.push_back("judged without the image: whether a set-user-ID file was executed, and "
                         "which directories exist, is not known");
  return made;
}

std::string tmpfs_option(const WritablePath& path) {
  std::string options = path.executable ? "exec" : "";
  const auto add = [&](const std::string& option) {
    options += (options.empty() ? "" : ",") + option;
  };
  if (path.uid) add("uid=" + std::to_string(*path.uid));
  if (path.gid) add("gid=" + std::to_string(*path.gid));
  if (path.mode) {
    char text[16];
    std::snprintf(text, sizeof text, "mode=%04o", *path.mode);
    add(text);
  }
  return options.empty() ? path.path : path.path + ":" + options;
}

}  // namespace slim::policy
