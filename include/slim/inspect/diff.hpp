// SPDX-License-Identifier: Apache-2.0
// What differs between two images: files, their attributes, and the config. Only the index of each
// is needed, and the contents of those files whose sizes are equal but whose layers are not.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "slim/base/digest.hpp"
#include "slim/base/fd.hpp"
#include "slim/base/interrupt.hpp"
#include "slim/image/model.hpp"
#include "slim/rootfs/index.hpp"

namespace slim::inspect {

// One of the two images.
struct Side {
  const rootfs::Index& index;
  // The diffIDs of the layers that IndexEntry::layer counts: a file of the same path in the same
  // layer is the same file, and is not read.
  std::vector<Digest> layers;
  std::function<Result<Fd>(const rootfs::IndexEntry&)> open;  // of a regular file, for reading
};

enum class ChangeKind { added, removed, changed };

// What of a path can differ. Files are compared by bytes, symlinks by text, devices by number,
// attributes as a layer holds them (owner, mode, nanoseconds, raw xattrs, so also file capabilities
// and ACLs). `links`: among the paths that both images have, others are the same file.
enum class Aspect { type, content, target, device, mode, owner, mtime, xattrs, links };
constexpr Aspect kAspects[] = {Aspect::type,  Aspect::content, Aspect::target,
                               Aspect::device, Aspect::mode,   Aspect::owner,
                               Aspect::mtime, Aspect::xattrs,  Aspect::links};
// "type", "content", ...: stable names for JSON and --ignore.
std::string_view name(Aspect aspect);

struct FileChange {
  ChangeKind kind = ChangeKind::changed;
  const rootfs::IndexEntry* before = nullptr;  // null when added
  const rootfs::IndexEntry* after = nullptr;   // null when removed
  std::vector<Aspect> differs;                 // when changed; in the order of Aspect
  // With Aspect::links: the other names of the file among the paths that both images have.
  std::vector<std::string> links_before, links_after;
};

struct DiffOptions {
  bool added = true, removed = true, changed = true;  // kinds that are not wanted are not looked for
  std::vector<std::string> globs;                     // as glob_match(), on "/path"; empty: all
  std::vector<Aspect> ignore;
};

// How many paths, and the bytes of their regular files; a file with several names counts once.
struct Amount {
  uint64_t paths = 0;
  uint64_t bytes = 0;
};

struct DiffSummary {
  Amount added, removed, same;
  Amount changed;                  // bytes: as they were before
  uint64_t changed_bytes_after = 0;
  uint64_t contents_read = 0;      // files whose bytes had to be compared
  bool equal() const { return added.paths + removed.paths + changed.paths == 0; }
};

// Calls `sink` for every difference, in ascending order of path (as bytes).
// Errors: those of Side::open and of reading; of `sink`; `interrupted`.
using DiffSink = std::function<Result<void>(const FileChange&)>;
Result<DiffSummary> diff_files(const Side& before, const Side& after, const DiffOptions& options,
                               const Interrupt* interrupt, const DiffSink& sink);

// A difference of the configs: lists as JSON, the elements of sets and maps (Env, Labels,
// ExposedPorts, Volumes) one by one as "Env.PATH".
struct ConfigChange {
  std::string field;
  std::optional<std::string> before, after;
};
std::vector<ConfigChange> diff_configs(const image::ImageConfig& before,
                                       const image::ImageConfig& after);

}  // namespace slim::inspect
