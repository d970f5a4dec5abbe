// SPDX-License-Identifier: Apache-2.0
// Layer tars, entry by entry (OCI image-spec layer.md; POSIX.1-2017 pax).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "slim/base/digest.hpp"
#include "slim/base/fd.hpp"
#include "slim/image/entry.hpp"
#include "slim/image/image.hpp"

namespace slim::image {

// Reads a layer: ustar, pax, GNU, star and V7, whatever the locale; sparse files in all of GNU's
// formats; extended attributes and ACLs in those of star, GNU tar, libarchive and Go.
// Names are normalised ("./a//b/" and "/a/b" -> "a/b"); a name or hard-link target with a ".."
// component or a NUL is an `image` error that names the entry. Symlinks have mode 0777, hard links
// size 0 and whatever attributes the tar repeats. Whiteouts (.wh.*) come as they are in the tar;
// interpreting them is the index's business.
class LayerReader {
 public:
  static Result<LayerReader> open(std::unique_ptr<ByteStream> stream, std::string name);
  LayerReader(LayerReader&&) noexcept;
  ~LayerReader();
  // The next entry; nullopt at the end, when the stream has been finished (and so verified).
  Result<std::optional<Entry>> next();
  // The current file's data, holes left out; `sink` is called in ascending order of offset.
  using Sink = std::function<Result<void>(uint64_t offset, std::span<const std::byte>)>;
  Result<void> read_data(const Sink& sink);

 private:
  struct State;
  explicit LayerReader(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

// Writes a layer: pax, sorted by the caller, xattrs as SCHILY.xattr, nothing of the host (no user
// names, no atime or ctime). The same calls give the same bytes.
class LayerWriter {
 public:
  // Bytes go to `out` from its current position; it must stay open until finish().
  static Result<LayerWriter> create(const Fd& out, std::string name);
  LayerWriter(LayerWriter&&) noexcept;
  ~LayerWriter();
  // A regular file's content is read from `content`; for every other type it is nullptr. Holes are
  // written as zeros; only when a file has 4 GiB of them is it stored sparse (GNU.sparse 1.0), which
  // not every tool can handle. `io` when the content does not have the entry's size.
  Result<void> add(const Entry& entry, const Fd* content);
  struct Summary {
    Digest diff_id;
    uint64_t tar_bytes = 0;   // of the tar
    uint64_t file_bytes = 0;  // of the regular files' contents
    uint64_t entries = 0;
  };
  Result<Summary> finish();

 private:
  struct State;
  explicit LayerWriter(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace slim::image
