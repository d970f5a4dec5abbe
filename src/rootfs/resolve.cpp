// SPDX-License-Identifier: Apache-2.0
// Path resolution over an index, as fs/namei.c does it.
#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "slim/base/path.hpp"
#include "slim/rootfs/index.hpp"

namespace slim::rootfs {

using image::EntryType;

namespace {

constexpr unsigned kMaximumSymlinks = 40;  // MAXSYMLINKS of include/linux/namei.h

// What is still to be looked up: pieces of text, the innermost symlink's target last.
class Pending {
 public:
  explicit Pending(std::string text) { push(std::move(text)); }

  void push(std::string text) { pieces_.push_back({std::move(text), 0}); }

  // The next component, empty when there is none left.
  std::string next() {
    while (!pieces_.empty()) {
      Piece& piece = pieces_.back();
      piece.position = piece.text.find_first_not_of('/', piece.position);
      if (piece.position == std::string::npos) {
        pieces_.pop_back();
        continue;
      }
      const auto end = std::min(piece.text.find('/', piece.position), piece.text.size());
      std::string component = piece.text.substr(piece.position, end - piece.position);
      piece.position = end;
      return component;
    }
    return {};
  }

  // Whether no component is left.
  bool at_end() const {
    for (const Piece& piece : pieces_)
      if (piece.text.find_first_not_of('/', piece.position) != std::string::npos) return false;
    return true;
  }
  // Whether only slashes are left: the last component has to be a directory then.
  bool directory_wanted() const {
    return at_end() && std::any_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) {
             return piece.position < piece.text.size();
           });
  }

  // All that is left, as one text.
  std::string rest(std::string first) const {
    for (auto piece = pieces_.rbegin(); piece != pieces_.rend(); ++piece) {
      const auto begin = piece->text.find_first_not_of('/', piece->position);
      if (begin == std::string::npos) continue;
      if (!first.empty()) first += '/';
      first += piece->text.substr(begin);
    }
    return first;
  }

 private:
  struct Piece {
    std::string text;
    size_t position;
  };
  std::vector<Piece> pieces_;
};

}  // namespace

Resolution Index::resolve(std::string_view path, bool follow_last) const {
  using Outcome = Resolution::Outcome;
  Resolution result;
  std::unordered_set<const IndexEntry*> seen;
  const auto pass = [&](const IndexEntry* entry) {
    if (seen.insert(entry).second) result.passed.push_back(entry);
  };
  const auto end_with = [&](Outcome outcome, const IndexEntry* entry, std::string remainder) {
    result.outcome = outcome;
    result.entry = entry;
    result.remainder = std::move(remainder);
    return std::move(result);
  };

  Pending pending{std::string(path)};
  const IndexEntry* current = root();
  unsigned symlinks = 0;
  for (;;) {
    const std::string component = pending.next();
    if (component.empty()) return end_with(Outcome::found, current, {});
    pass(current);
    if (component == ".") continue;
    if (component == "..") {
      const IndexEntry* parent = find(parent_of(current->path));
      current = current->path.empty() || parent == nullptr ? root() : parent;
      continue;
    }
    const IndexEntry* entry = find(join_path(current->path, component));
    if (entry == nullptr) return end_with(Outcome::missing, nullptr, pending.rest(component));
    const bool last = pending.at_end();
    if (entry->type == EntryType::symlink && (!last || follow_last || pending.directory_wanted())) {
      if (++symlinks > kMaximumSymlinks)
        return end_with(Outcome::symlink_loop, nullptr, pending.rest(component));
      pass(entry);
      if (entry->target.empty()) return end_with(Outcome::missing, nullptr, pending.rest({}));
      if (entry->target.starts_with('/')) current = root();
      pending.push(entry->target);
      continue;
    }
    if (entry->type != EntryType::directory && (!last || pending.directory_wanted()))
      return end_with(Outcome::not_a_directory, entry, pending.rest({}));
    current = entry;
  }
}

}  // namespace slim::rootfs
