// SPDX-License-Identifier: Apache-2.0
// What is in one layer while its tar is read, entry after entry: later entries replace earlier
// ones, hard links share a file, and whiteouts apply to the layers below only. Pure: the unpacker
// does on disk what is decided here.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "slim/base/error.hpp"
#include "slim/image/entry.hpp"

namespace slim::rootfs {

class LayerTree {
 public:
  struct Node {
    image::Entry entry;     // its path is the first it had
    bool implicit = false;  // a directory the tar has no entry of
  };

  LayerTree();

  const Node* find(std::string_view path) const;

  // The directory in which an entry of the parent path `parent` belongs. Symlinks of this layer are
  // followed inside it, as engines do that unpack in a chroot. Directories that are missing are
  // added with owner 0:0, mode 0755 and time 0; `made` is told of each, outermost first.
  // Errors: `image` when something on the way is not a directory, or a symlink leads nowhere.
  using Made = std::function<Result<void>(const std::string& directory)>;
  Result<std::string> enter(std::string_view parent, const Made& made);
  // The path to which a hard link's target leads, with symlinks on the way (not the last) followed.
  // Errors: `image` when the layer has no such file, or it is a directory.
  Result<std::string> find_target(std::string_view target) const;

  // Adds or replaces. The parent exists. A directory put on a directory changes its attributes;
  // anything else that stood there goes first, with all below it.
  void put(image::Entry entry);
  void link(const std::string& path, const std::string& target);
  void erase(std::string_view path);
  void hide(std::string path) { hidden_.insert(std::move(path)); }        // a whiteout
  void make_opaque(std::string path) { opaque_.insert(std::move(path)); }

  // The whiteouts that mean something in the end: those whose path this layer does not fill itself
  // (a directory it does fill is opaque instead).
  void settle();
  const std::set<std::string, std::less<>>& hidden() const { return hidden_; }
  const std::set<std::string, std::less<>>& opaque() const { return opaque_; }
  // All directories but the root, implicit ones too.
  void each_directory(const std::function<void(const std::string&, const Node&)>& visit) const;

  // The canonical entries, sorted by path: of hard links the first is the file and the others link
  // to it; implicit directories are left out; whiteouts stand as .wh. files.
  std::vector<image::Entry> entries() const;

 private:
  using Paths = std::map<std::string, size_t, std::less<>>;
  Result<std::string> walk(std::string_view path, const Made* made);

  Paths paths_;
  std::deque<Node> nodes_;
  std::set<std::string, std::less<>> hidden_, opaque_;
};

// The entry of a directory that nothing describes.
image::Entry default_directory(std::string path);

}  // namespace slim::rootfs
