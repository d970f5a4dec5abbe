// SPDX-License-Identifier: Apache-2.0
#include "policy/writable.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "policy/kin_calls.hpp"
#include "slim/base/path.hpp"

namespace slim::policy {
namespace {

constexpr size_t kExamples = 5;

bool is_below(std::string_view path, std::string_view directory) {
  if (directory == "/") return path.size() > 1;
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

bool is_in(std::string_view path, std::string_view directory) {
  return path == directory || is_below(path, directory);
}

std::string parent(const std::string& path) {
  const std::string above(parent_of(path));
  return above.empty() ? "/" : above;
}

class Collector {
 public:
  Collector(const trace::Trace& trace, const ConfinementInput& input)
      : trace_(trace), input_(input) {}

  std::vector<WritablePath> result() {
    for (const auto& [path, use] : trace_.files)
      if (use.on_rootfs && (use.access & (trace::kWritten | trace::kCreated))) wrote(path);
    for (const auto& use : trace_.sockets)
      if (use.family == "unix" && use.action != trace::SocketAction::connect &&
          use.address.starts_with('/') && !mounted(use.address))
        wrote(use.address);
    made_otherwise();
    asked_for();
    if (interprets(trace_)) has_temporary_files();
    if (!input_.image) merge_nested();
    std::vector<WritablePath> paths;
    for (const auto& [path, item] : directories_)
      if (!begun_with(path, paths)) paths.push_back(finished(path, item));
    add_volumes(paths);
    std::sort(paths.begin(), paths.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return paths;
  }

 private:
  struct Item {
    std::optional<ImageEntry> entry;
    std::set<std::string> written;
  };

  bool mounted(const std::string& path) const {
    const std::string plain = clean_path(path);
    return std::any_of(trace_.mount_points.begin(), trace_.mount_points.end(),
                       [&](const auto& mount) { return is_in(plain, mount); });
  }

  // The directory of the image that has to be writable for `path` to be written: what is above a
  // directory made at run time is what counts.
  void wrote(const std::string& path) {
    if (!input_.image) {
      directories_[clean_path(parent(path))].written.insert(path);
      return;
    }
    ImageEntry entry = input_.image(parent(path));
    if (mounted(entry.path)) return;
    while (!entry.exists && entry.path != "/") entry = input_.image(parent(entry.path));
    Item& item = directories_[entry.path];
    if (entry.exists) item.entry = entry;
    item.written.insert(path);
  }

  // What was found and is not in the image was made by a call that opens nothing: mkdir, symlink,
  // link, rename.
  void made_otherwise() {
    if (!input_.image) return;
    for (const auto& [path, use] : trace_.lookups) {
      if (!use.found || mounted(path)) continue;
      // Something of /proc by way of a link: the image knows nothing of it.
      const ImageEntry entry = input_.image(path);
      if (!entry.exists && !entry.dangling && !mounted(entry.path)) wrote(path);
    }
  }

  // Who asks access(2) whether something of the image may be written goes another way where it may
  // not. The root directory is left to the proof: it would leave nothing to be read-only.
  void asked_for() {
    if (!input_.image) return;
    for (const auto& [path, use] : trace_.lookups) {
      if (!use.writable || mounted(path)) continue;
      const ImageEntry entry = input_.image(path);
      if (!entry.exists || entry.path == "/" || mounted(entry.path)) continue;
      if (entry.directory)
        directories_[entry.path].entry = entry;
      else
        wrote(entry.path);
    }
  }

  // What a scripting language's library keeps what is large in, an uploaded file for example,
  // whether the run had one or not.
  void has_temporary_files() {
    if (!input_.image) return;
    const ImageEntry entry = input_.image("/tmp");
    if (entry.exists && !mounted(entry.path)) directories_[entry.path].entry = entry;
  }

  void merge_nested() {
    for (auto outer = directories_.begin(); outer != directories_.end(); ++outer) {
      if (outer->first == "/") continue;
      for (auto inner = directories_.begin(); inner != directories_.end();) {
        if (!is_below(inner->first, outer->first)) {
          ++inner;
          continue;
        }
        outer->second.written.merge(inner->second.written);
        inner = directories_.erase(inner);
      }
    }
  }

  // Whether the image's own content below a directory was used, so that an empty file system in its
  // place would hide something. Deeper directories that get a file system of their own count too:
  // the place to mount it is made, whatever covers it.
  bool content_used(const std::string& directory) const {
    const auto used = [&](const std::string& path) {
      const auto entry = input_.image(path);
      if (entry.dangling) return is_below(path, directory);
      return entry.exists && is_below(entry.path, directory) &&
             !directories_.contains(entry.path) && !mounted(entry.path);
    };
    for (const auto& [path, use] : trace_.files)
      if (use.on_rootfs && used(path)) return true;
    return std::any_of(trace_.lookups.begin(), trace_.lookups.end(),
                       [&](const auto& lookup) {
                         return (lookup.second.found || lookup.second.denied) && used(lookup.first);
                       });
  }

  // Whether a directory further up, which is sorted before it, begins with this one already. A file
  // system of its own inside that one would stop files from being renamed between the two.
  static bool begun_with(const std::string& path, const std::vector<WritablePath>& before) {
    return std::any_of(before.begin(), before.end(), [&](const WritablePath& outer) {
      return outer.kind == WritablePath::Kind::seeded && outer.path != "/" &&
             is_below(path, outer.path);
    });
  }

  WritablePath finished(const std::string& path, const Item& item) const {
    WritablePath result;
    result.path = path;
    if (item.entry) {
      result.uid = item.entry->uid;
      result.gid = item.entry->gid;
      result.mode = item.entry->mode & 07777;
    }
    if (input_.image && content_used(path)) result.kind = WritablePath::Kind::seeded;
    result.executable = std::any_of(trace_.files.begin(), trace_.files.end(), [&](const auto& file) {
      return is_below(file.first, path) &&
             (file.second.access & (trace::kExecuted | trace::kMapped));
    });
    for (const auto& example : item.written) {
      if (result.examples.size() == kExamples) break;
      result.examples.push_back(example);
    }
    return result;
  }

  void add_volumes(std::vector<WritablePath>& paths) const {
    for (const auto& volume : input_.volumes) {
      WritablePath item;
      item.path = clean_path(volume);
      item.kind = WritablePath::Kind::volume;
      for (const auto& [path, use] : trace_.files) {
        if (item.examples.size() == kExamples) break;
        if (!use.on_rootfs && is_in(path, item.path) &&
            (use.access & (trace::kWritten | trace::kCreated)))
          item.examples.push_back(path);
      }
      paths.push_back(std::move(item));
    }
  }

  const trace::Trace& trace_;
  const ConfinementInput& input_;
  std::map<std::string, Item> directories_;
};

}  // namespace

std::vector<WritablePath> writable_paths(const trace::Trace& trace,
                                         const ConfinementInput& input) {
  return Collector(trace, input).result();
}

std::string_view name(WritablePath::Kind kind) {
  switch (kind) {
    case WritablePath::Kind::tmpfs: return "tmpfs";
    case WritablePath::Kind::seeded: return "seeded";
    case WritablePath::Kind::volume: return "volume";
  }
  return "";
}

}  // namespace slim::policy
