// SPDX-License-Identifier: Apache-2.0
#include "slim/inspect/diff.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "inspect/content.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::inspect {

using image::EntryType;
using rootfs::IndexEntry;

std::string_view name(Aspect aspect) {
  switch (aspect) {
    case Aspect::type: return "type";
    case Aspect::content: return "content";
    case Aspect::target: return "target";
    case Aspect::device: return "device";
    case Aspect::mode: return "mode";
    case Aspect::owner: return "owner";
    case Aspect::mtime: return "mtime";
    case Aspect::xattrs: return "xattrs";
    case Aspect::links: return "links";
  }
  return "";
}

namespace {

bool is_device(EntryType type) {
  return type == EntryType::char_device || type == EntryType::block_device;
}

// Adds up paths; the bytes of a file with several names only at the first of them.
class Counter {
 public:
  void add(const IndexEntry& entry) {
    ++amount_.paths;
    if (entry.type != EntryType::file) return;
    if (entry.link_group == 0 || groups_.insert(entry.link_group).second)
      amount_.bytes += entry.size;
  }
  const Amount& amount() const { return amount_; }

 private:
  Amount amount_;
  std::set<uint64_t> groups_;
};

class Differ {
 public:
  Differ(const Side& before, const Side& after, const DiffOptions& options,
         const Interrupt* interrupt, const DiffSink& sink)
      : before_(before), after_(after), options_(options), interrupt_(interrupt), sink_(sink) {}

  Result<DiffSummary> run() {
    auto a = before_.index.entries().begin(), b = after_.index.entries().begin();
    const auto a_end = before_.index.entries().end(), b_end = after_.index.entries().end();
    while (a != a_end || b != b_end) {
      const int order = a == a_end ? 1 : b == b_end ? -1 : a->first.compare(b->first);
      SLIM_CHECK(visit(order <= 0 ? &(a++)->second : nullptr, order >= 0 ? &(b++)->second : nullptr));
    }
    summary_.added = added_.amount();
    summary_.removed = removed_.amount();
    summary_.same = same_.amount();
    summary_.changed = changed_.amount();
    summary_.changed_bytes_after = changed_after_.amount().bytes;
    return summary_;
  }

 private:
  bool wanted(const IndexEntry& entry) const {
    if (options_.globs.empty()) return true;
    const std::string path = "/" + entry.path;
    return std::any_of(options_.globs.begin(), options_.globs.end(),
                       [&](const std::string& glob) { return glob_match(glob, path); });
  }

  Result<void> visit(const IndexEntry* a, const IndexEntry* b) {
    if (!wanted(a != nullptr ? *a : *b)) return {};
    if (b == nullptr) {
      if (!options_.removed) return {};
      removed_.add(*a);
      return sink_({ChangeKind::removed, a, nullptr, {}, {}, {}});
    }
    if (a == nullptr) {
      if (!options_.added) return {};
      added_.add(*b);
      return sink_({ChangeKind::added, nullptr, b, {}, {}, {}});
    }
    if (!options_.changed) return {};
    return compare(*a, *b);
  }

  Result<void> compare(const IndexEntry& a, const IndexEntry& b) {
    FileChange change{ChangeKind::changed, &a, &b, {}, {}, {}};
    const auto differs = [&](Aspect aspect, bool differ) {
      if (differ && !ignored(aspect)) change.differs.push_back(aspect);
    };
    const bool same_type = a.type == b.type;
    differs(Aspect::type, !same_type);
    if (same_type && a.type == EntryType::file && !ignored(Aspect::content)) {
      SLIM_TRY(const bool same, same_content(a, b));
      differs(Aspect::content, !same);
    }
    differs(Aspect::target, same_type && a.type == EntryType::symlink && a.target != b.target);
    differs(Aspect::device, same_type && is_device(a.type) &&
                                (a.device_major != b.device_major ||
                                 a.device_minor != b.device_minor));
    differs(Aspect::mode, a.mode != b.mode);
    differs(Aspect::owner, a.uid != b.uid || a.gid != b.gid);
    differs(Aspect::mtime, a.mtime != b.mtime);
    differs(Aspect::xattrs, a.xattrs != b.xattrs);
    if ((a.link_group != 0 || b.link_group != 0) && !ignored(Aspect::links)) {
      change.links_before = other_names(before_.index, a, after_.index);
      change.links_after = other_names(after_.index, b, before_.index);
      differs(Aspect::links, change.links_before != change.links_after);
    }
    if (change.differs.empty()) {
      same_.add(a);
      return {};
    }
    changed_.add(a);
    changed_after_.add(b);
    return sink_(change);
  }

  bool ignored(Aspect aspect) const {
    return is_one_of(aspect, options_.ignore);
  }

  // The other names of a file, as far as the other image has these paths too: those that it lacks
  // are added or removed, which says enough.
  static std::vector<std::string> other_names(const rootfs::Index& index, const IndexEntry& entry,
                                              const rootfs::Index& other) {
    std::vector<std::string> names;
    if (entry.link_group == 0) return names;
    for (const IndexEntry* peer : index.peers(entry))
      if (peer->path != entry.path && other.find(peer->path) != nullptr)
        names.push_back(peer->path);
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<bool> same_content(const IndexEntry& a, const IndexEntry& b) {
    if (a.size != b.size) return false;
    if (a.size == 0) return true;
    if (a.layer < before_.layers.size() && b.layer < after_.layers.size() &&
        before_.layers[a.layer] == after_.layers[b.layer])
      return true;
    const bool linked = a.link_group != 0 && b.link_group != 0;
    const auto pair = std::make_pair(a.link_group, b.link_group);
    if (linked) {
      if (const auto known = compared_.find(pair); known != compared_.end()) return known->second;
    }
    if (interrupt_ != nullptr) SLIM_CHECK(interrupt_->check());
    SLIM_TRY(const Fd left, before_.open(a));
    SLIM_TRY(const Fd right, after_.open(b));
    ++summary_.contents_read;
    SLIM_TRY(const bool same, equal_content(left, right, "'" + escape_bytes(a.path) + "'"));
    if (linked) compared_[pair] = same;
    return same;
  }

  const Side& before_;
  const Side& after_;
  const DiffOptions& options_;
  const Interrupt* interrupt_;
  const DiffSink& sink_;
  DiffSummary summary_;
  Counter added_, removed_, same_, changed_, changed_after_;
  std::map<std::pair<uint64_t, uint64_t>, bool> compared_;  // by the link groups of both sides
};

}  // namespace

Result<DiffSummary> diff_files(const Side& before, const Side& after, const DiffOptions& options,
                               const Interrupt* interrupt, const DiffSink& sink) {
  return Differ(before, after, options, interrupt, sink).run();
}

}  // namespace slim::inspect
