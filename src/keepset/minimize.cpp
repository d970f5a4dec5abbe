// SPDX-License-Identifier: Apache-2.0
// What --minimize may try to do without, and taking it out.
#include <algorithm>

#include "keepset/marker.hpp"
#include "keepset/packages.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

// Not for a probe to decide: what the user asked for, what the image's config and engines name, and
// what scanners read (all but the first are small); and what is known to be required.
bool is_fixed(const Reason& reason) {
  const Origin origin = origin_of(reason);
  return origin == Origin::asked || origin == Origin::scanners || origin == Origin::proven ||
         reason.rule == "root" || reason.rule == "identity" || reason.rule == "well-known";
}

bool is_from_the_run(const Reason& reason) { return origin_of(reason) == Origin::run; }

// As opposed to one in which the run made something, which is nowhere in the image, or on which
// something is mounted, which is its own reason.
bool only_for_its_content(const Index& index, const IndexEntry& directory,
                          const std::set<Reason>& reasons) {
  return std::all_of(reasons.begin(), reasons.end(), [&](const Reason& reason) {
    if (reason.rule != "directory") return false;
    const rootfs::Resolution content = index.resolve(reason.because, false);
    return content.outcome == rootfs::Resolution::Outcome::found && content.entry != &directory;
  });
}

// The directories that hold something kept.
std::set<std::string, std::less<>> filled(const KeepSet& keep) {
  std::set<std::string, std::less<>> directories;
  for (const auto& [path, reasons] : keep.paths)
    if (!path.empty()) directories.emplace(parent_of(path));
  return directories;
}

// The order in which whole groups are tried: what is least likely to be needed goes first, so that
// what only it needs can go after it.
std::string likelihood(const std::set<Reason>& reasons) {
  if (std::none_of(reasons.begin(), reasons.end(), is_from_the_run)) return "0 by a rule";
  const bool content = std::any_of(reasons.begin(), reasons.end(), [](const Reason& reason) {
    return reason.rule == "exec" || reason.rule == "observed";
  });
  return content ? "2 used" : "1 looked up";
}

}  // namespace

std::vector<std::string> going(const Index& index, const KeepSet& keep,
                               const std::set<std::string>& without) {
  std::vector<std::string> gone;
  if (without.empty()) return gone;
  const auto had_content = filled(keep);
  std::set<std::string, std::less<>> has_content;
  // Backwards: what is in a directory sorts after it.
  for (auto each = keep.paths.rbegin(); each != keep.paths.rend(); ++each) {
    const auto& [path, reasons] = *each;
    const IndexEntry* entry = index.find(path);
    const bool emptied = had_content.contains(path) && !has_content.contains(path);
    if ((without.contains(path) && !has_content.contains(path)) ||
        (emptied && entry != nullptr && only_for_its_content(index, *entry, reasons)))
      gone.push_back(path);
    else if (!path.empty())
      has_content.emplace(parent_of(path));
  }
  return gone;
}

Result<std::vector<Candidate>> candidates(const Index& index, const KeepSet& keep,
                                          const ReadContent& read) {
  const trace::Trace nothing;
  const Options options;
  Marker marker(index, nothing, read, options);
  SLIM_TRY(const auto* packages, PackageDatabase::of(marker));
  const auto has_content = filled(keep);
  std::vector<Candidate> found;
  for (const auto& [path, reasons] : keep.paths) {
    const IndexEntry* entry = index.find(path);
    if (entry == nullptr || std::any_of(reasons.begin(), reasons.end(), is_fixed)) continue;
    if (is_directory(*entry) && has_content.contains(path)) continue;
    Candidate candidate{
        path, std::any_of(reasons.begin(), reasons.end(), is_from_the_run), {}};
    candidate.groups.push_back(likelihood(reasons));
    const auto owners = packages->owners(*entry);
    candidate.groups.push_back(owners.empty() ? std::string() : owners.front());
    for (const std::string_view part : components(parent_of(path)))
      candidate.groups.emplace_back(part);
    found.push_back(std::move(candidate));
  }
  return found;
}

void Marker::minimize() {
  for (const std::string& path : options_.required) {
    const auto kept = keep_.paths.find(path);
    if (kept != keep_.paths.end()) kept->second.insert({"required", ""});
  }
  for (std::string& path : going(index_, keep_, options_.without)) {
    keep_.paths.erase(path);
    if (options_.without.contains(path)) keep_.minimized.insert(std::move(path));
  }
}

}  // namespace slim::keepset
