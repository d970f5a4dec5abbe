// SPDX-License-Identifier: Apache-2.0
// Marks what is kept. A new mark goes onto a worklist, so that rules see every kept entry.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeindex>
#include <unordered_map>

#include "slim/keepset/keepset.hpp"

namespace slim::keepset {

using rootfs::Index;
using rootfs::IndexEntry;

class Marker {
 public:
  Marker(const Index& index, const trace::Trace& trace, const ReadContent& read,
         const Options& options)
      : index_(index), trace_(trace), read_(read), options_(options) {}
  Marker(const Marker&) = delete;
  Marker& operator=(const Marker&) = delete;

  // Keeps an entry, the directories above it and, for a symlink, where it leads. Whether the entry
  // is new.
  bool mark(const IndexEntry& entry, const Reason& reason);
  // Keeps what a path resolves to, and everything passed on the way. The entry, if it is there.
  const IndexEntry* mark_path(std::string_view path, const Reason& reason);
  // The same, but nothing at all, not even the way there, if the path leads nowhere.
  const IndexEntry* mark_if_there(std::string_view path, const Reason& reason);
  // Keeps a directory with all below it, or just the entry if it is something else.
  void mark_tree(const IndexEntry& entry, const Reason& reason);

  // Keeps a file with another content than it has in the image.
  void rewrite(const IndexEntry& entry, const Reason& reason, std::string content);

  bool kept(const IndexEntry& entry) const { return keep_.paths.contains(entry.path); }
  const std::map<std::string, std::set<Reason>>& kept_paths() const { return keep_.paths; }
  // Whether the run opened it for its content or executed it, not only looked it up.
  bool opened(const IndexEntry& entry) const;
  // Whether the run asked what is in a directory.
  bool listed(const IndexEntry& directory) const;
  bool executed(const IndexEntry& entry) const { return executed_.contains(entry.path); }
  const std::set<std::string, std::less<>>& executed_paths() const { return executed_; }
  void note_executed(const IndexEntry& entry) { executed_.insert(entry.path); }
  // Directories that the image's config names: working directory, home, volumes.
  void note_directory(const IndexEntry& entry) { directories_.insert(entry.path); }
  const std::set<std::string, std::less<>>& config_directories() const { return directories_; }
  // Files of the application's own: what they name may be used some time, although they were not
  // themselves. Rules see one that was kept before once more.
  void note_own(const IndexEntry& entry);
  bool own(const IndexEntry& entry) const { return own_.contains(entry.path); }

  // The next entry to apply rules to; null when there is none.
  const IndexEntry* next();

  // The content of a regular file. The last one read stays valid until the next call.
  Result<std::string_view> content(const IndexEntry& entry);
  // The same for small text: empty (and a warning) when the file is above the sensible size of one.
  Result<std::string_view> text(const IndexEntry& entry);

  void note_command(std::string_view name) { keep_.commands.emplace(name); }
  void note_reachable(std::set<std::string> calls) {
    keep_.reachable = std::move(calls);
  }
  void warn(std::string line) { warnings_.insert(std::move(line)); }

  const Index& index() const { return index_; }
  const trace::Trace& trace() const { return trace_; }
  const Options& options() const { return options_; }
  // A variable of the container's environment.
  std::optional<std::string_view> environment(std::string_view name) const;

  // What a rule remembers between entries; one object a type.
  template <typename State>
  State& state() {
    auto& slot = states_[typeid(State)];
    if (!slot) slot = std::make_shared<State>();
    return *static_cast<State*>(slot.get());
  }

  // Takes out what --minimize found needless, and says of the rest what it found required.
  void minimize();

  KeepSet take();

 private:
  void follow(const IndexEntry& link);
  bool mark_one(const IndexEntry& entry, const Reason& reason);
  bool dropped(const IndexEntry& entry, const Reason& reason);
  const std::string* drop_pattern(std::string_view path);
  void add_reason(const IndexEntry& entry, const Reason& reason, std::set<Reason>& reasons);

  const Index& index_;
  const trace::Trace& trace_;
  const ReadContent& read_;
  const Options& options_;
  KeepSet keep_;
  std::set<std::string> warnings_;
  std::set<std::string, std::less<>> executed_;
  std::set<std::string, std::less<>> directories_;
  std::set<std::string, std::less<>> own_;
  std::deque<const IndexEntry*> worklist_;
  std::deque<const IndexEntry*> links_;  // kept, but not followed yet
  bool following_ = false;
  std::map<std::string, const std::string*, std::less<>> drop_cache_;
  std::unordered_map<std::type_index, std::shared_ptr<void>> states_;
  const IndexEntry* cached_ = nullptr;
  std::optional<Content> cached_content_;
};

// "/usr/bin" for the index path "usr/bin".
inline std::string absolute(std::string_view index_path) { return "/" + std::string(index_path); }

inline bool is_file(const IndexEntry& entry) { return entry.type == image::EntryType::file; }
inline bool is_directory(const IndexEntry& entry) {
  return entry.type == image::EntryType::directory;
}
inline bool is_symlink(const IndexEntry& entry) { return entry.type == image::EntryType::symlink; }

}  // namespace slim::keepset
