// SPDX-License-Identifier: Apache-2.0
// What send_image is made of.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"

namespace slim::image {

// Where an image goes.
struct Destination {
  enum class Kind {
    engine,  // docker-daemon:, through the engine's socket
    skopeo,  // everything else
  };
  Kind kind = Kind::skopeo;
  std::string text;            // as given
  std::string name;            // engine: NAME:TAG
  bool plain_http_ok = false;  // docker:// on this machine
  static Result<Destination> parse(const std::string& text);
};

// skopeo's command line that copies the archive there.
std::vector<std::string> skopeo_command(const std::string& archive, const Destination& destination);

// An archive that write_image wrote, to be sent under another name: `kept_bytes` of the file as
// they are, and then `tail`.
struct RenamedArchive {
  Fd file;
  uint64_t kept_bytes = 0;
  std::string tail;
  uint64_t size() const { return kept_bytes + tail.size(); }
};
// Errors: `image` when it is not such an archive.
Result<RenamedArchive> rename_archive(const std::string& path, const std::string& name);

}  // namespace slim::image
