// SPDX-License-Identifier: Apache-2.0
// What an entry of a layer asks for (OCI image-spec layer.md#whiteouts).
#pragma once

#include <string>
#include <string_view>

#include "slim/base/error.hpp"

namespace slim::rootfs {

constexpr std::string_view kWhiteoutPrefix = ".wh.";
constexpr std::string_view kOpaqueName = ".wh..wh..opq";

struct Change {
  enum class Kind {
    put,      // an ordinary file
    remove,   // `path` of the layers below is gone
    opaque,   // everything the layers below have in the directory `path` is gone
    ignore,   // AUFS's own bookkeeping (.wh..wh.plnk and its like)
  };
  Kind kind = Kind::put;
  std::string path;
};

// Errors: `image` when the whiteout names nothing, "." or "..", or stands in the middle of a path.
Result<Change> classify(std::string_view path);

// The names under which a layer's entries hold whiteouts.
std::string whiteout_of(std::string_view path);
std::string opaque_of(std::string_view directory);

}  // namespace slim::rootfs
