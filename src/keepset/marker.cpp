// SPDX-License-Identifier: Apache-2.0
#include "keepset/marker.hpp"

#include <algorithm>

#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

// No configuration, metadata or source file that a rule reads is larger.
constexpr uint64_t kLargestText = 16u << 20;

// Rules that say a directory is used as a directory; a --drop pattern may empty it, not remove it.
bool uses_directory(const Reason& reason) {
  return origin_of(reason) == Origin::run || reason.rule == "directory";
}

// One such reason is enough: "usr" would otherwise list every file below it.
bool says_little(const Reason& reason) {
  return reason.rule == "directory" || reason.rule == "symlink";
}

}  // namespace

bool Marker::mark(const IndexEntry& entry, const Reason& reason) {
  if (!mark_one(entry, reason)) return false;
  // Loops, not recursion: hostile images have chains of links as long as they like.
  std::string_view below = entry.path;
  while (!below.empty()) {
    const std::string_view up = parent_of(below);
    const IndexEntry* parent = index_.find(up);
    if (parent != nullptr && !mark_one(*parent, {"directory", absolute(below)})) break;
    below = up;
  }
  if (following_) return true;
  following_ = true;
  while (!links_.empty()) {
    const IndexEntry* link = links_.front();
    links_.pop_front();
    follow(*link);
  }
  following_ = false;
  return true;
}

// One step of a link. If that is a link again it has its own turn; if it leads nowhere the link is
// kept as it is.
void Marker::follow(const IndexEntry& link) {
  const bool anchored = link.target.starts_with('/');
  const std::string target = anchored ? link.target : join_path(parent_of(link.path), link.target);
  const rootfs::Resolution step = index_.resolve(target, false);
  const Reason reason{"symlink", absolute(link.path)};
  for (const IndexEntry* passed : step.passed) {
    mark(*passed, is_symlink(*passed) ? reason : Reason{"directory", absolute(link.path)});
  }
  if (step.outcome == rootfs::Resolution::Outcome::found) mark(*step.entry, reason);
}

bool Marker::mark_one(const IndexEntry& entry, const Reason& reason) {
  if (dropped(entry, reason)) return false;
  if (entry.path.empty() && index_.find("") == nullptr) return false;  // implied, not the image's
  const auto [position, fresh] = keep_.paths.try_emplace(entry.path);
  add_reason(entry, reason, position->second);
  if (!fresh) return false;
  worklist_.push_back(&entry);
  if (is_symlink(entry)) links_.push_back(&entry);
  return true;
}

const IndexEntry* Marker::mark_path(std::string_view path, const Reason& reason) {
  const rootfs::Resolution resolution = index_.resolve(path);
  const std::string whole = path.starts_with('/') ? std::string(path) : absolute(path);
  for (const IndexEntry* passed : resolution.passed) {
    mark(*passed, {is_symlink(*passed) ? "symlink" : "directory", whole});
  }
  if (resolution.outcome != rootfs::Resolution::Outcome::found) return nullptr;
  if (resolution.entry->path.empty() && index_.find("") == nullptr) return nullptr;
  mark(*resolution.entry, reason);
  return resolution.entry;
}

const IndexEntry* Marker::mark_if_there(std::string_view path, const Reason& reason) {
  const bool there = index_.resolve(path).outcome == rootfs::Resolution::Outcome::found;
  return there ? mark_path(path, reason) : nullptr;
}

void Marker::mark_tree(const IndexEntry& entry, const Reason& reason) {
  mark(entry, reason);
  if (!is_directory(entry)) return;
  for (const IndexEntry* below : index_.below(entry.path)) mark(*below, reason);
}

void Marker::rewrite(const IndexEntry& entry, const Reason& reason, std::string content) {
  if (mark(entry, reason)) keep_.rewritten.insert_or_assign(entry.path, std::move(content));
}

bool Marker::opened(const IndexEntry& entry) const {
  const auto use = trace_.files.find(absolute(entry.path));
  constexpr uint32_t kUsed = trace::kRead | trace::kMapped | trace::kExecuted;
  return use != trace_.files.end() && (use->second.access & kUsed) != 0;
}

bool Marker::listed(const IndexEntry& directory) const {
  const auto use = trace_.files.find(absolute(directory.path));
  return use != trace_.files.end() && (use->second.access & trace::kListed) != 0;
}

void Marker::note_own(const IndexEntry& entry) {
  if (own_.insert(entry.path).second && kept(entry)) worklist_.push_back(&entry);
}

const IndexEntry* Marker::next() {
  if (worklist_.empty()) return nullptr;
  const IndexEntry* entry = worklist_.front();
  worklist_.pop_front();
  return entry;
}

Result<std::string_view> Marker::content(const IndexEntry& entry) {
  if (cached_ != &entry) {
    cached_ = nullptr;
    SLIM_TRY(cached_content_, read_(entry));
    cached_ = &entry;
  }
  return cached_content_->bytes();
}

Result<std::string_view> Marker::text(const IndexEntry& entry) {
  if (!is_file(entry)) return std::string_view{};
  if (entry.size > kLargestText) {
    warn(absolute(entry.path) + " is too large to be read as text; what it names is not followed");
    return std::string_view{};
  }
  return content(entry);
}

std::optional<std::string_view> Marker::environment(std::string_view name) const {
  std::optional<std::string_view> value;
  for (const std::string_view variable : options_.environment) {
    if (variable.size() > name.size() && variable[name.size()] == '=' &&
        variable.starts_with(name)) {
      value = variable.substr(name.size() + 1);  // the last one counts, as in an OCI config
    }
  }
  return value;
}

KeepSet Marker::take() {
  keep_.warnings.assign(warnings_.begin(), warnings_.end());
  return std::move(keep_);
}

// A pattern that matches a path or a directory above it.
const std::string* Marker::drop_pattern(std::string_view path) {
  if (options_.drop.empty()) return nullptr;
  const std::string* found = nullptr;
  for (size_t end = 0; end < path.size() && found == nullptr; ++end) {
    end = std::min(path.find('/', end), path.size());
    const std::string_view prefix = path.substr(0, end);
    const auto [known, fresh] = drop_cache_.try_emplace(std::string(prefix), nullptr);
    for (const std::string& pattern : options_.drop) {
      if (!fresh || known->second != nullptr) break;
      std::string_view trimmed = pattern;
      while (trimmed.size() > 1 && trimmed.ends_with('/')) trimmed.remove_suffix(1);
      if (glob_match(trimmed, absolute(prefix))) known->second = &pattern;
    }
    found = known->second;
  }
  return found;
}

bool Marker::dropped(const IndexEntry& entry, const Reason& reason) {
  const std::string* pattern = drop_pattern(entry.path);
  if (pattern == nullptr) return false;
  if (is_directory(entry) && uses_directory(reason)) {
    keep_.dropped.erase(entry.path);
    return false;
  }
  if (!keep_.paths.contains(entry.path)) keep_.dropped.emplace(entry.path, *pattern);
  return true;
}

void Marker::add_reason(const IndexEntry& entry, const Reason& reason, std::set<Reason>& reasons) {
  if (!reasons.empty() && says_little(reason)) return;
  // Looking up thousands of files passes the same few directories and links.
  if (!reasons.empty() && !is_file(entry) && reason.rule == "lookup") return;
  reasons.insert(reason);
}

}  // namespace slim::keepset
