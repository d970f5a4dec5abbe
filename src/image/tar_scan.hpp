// SPDX-License-Identifier: Apache-2.0
// Where the members of an archive stand, so that blobs are read in place and nothing is unpacked.
// (libarchive reads tars too, but does not say at which offset a member's data begins.)
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"
#include "slim/base/interrupt.hpp"

namespace slim::image {

struct TarMember {
  enum class Kind { file, link, other };  // link: symbolic or hard
  std::string name;    // normalised: no leading "./" or "/", no trailing slash
  Kind kind = Kind::other;
  std::string target;  // of a link: the member's name it stands for
  uint64_t offset = 0;  // of the data
  uint64_t size = 0;
};

// Bytes from front to back. `skip` may be cheaper than reading.
class TarInput {
 public:
  virtual ~TarInput() = default;
  // Fewer bytes than asked for only at the end.
  virtual Result<size_t> read(std::span<std::byte> into) = 0;
  // False when there are fewer bytes than that.
  virtual Result<bool> skip(uint64_t bytes) = 0;
};

// Calls `visit` for every member until it returns false or the archive ends. Reads ustar, GNU and
// pax headers (POSIX.1-2017 pax; GNU tar manual "Basic Tar Format"). Errors: `image` when `name` is
// not a tar, is truncated or lies about sizes. A member whose data is not plain (sparse) is `other`.
Result<void> scan_tar(TarInput& input, const std::string& name, const Interrupt& interrupt,
                      const std::function<bool(const TarMember&)>& visit);

// A part of a file that is shared by many readers (pread only).
struct ByteRange {
  std::shared_ptr<const Fd> file;
  uint64_t offset = 0;
  uint64_t size = 0;
};

class TarIndex {
 public:
  static Result<TarIndex> open(Fd file, const std::string& name, const Interrupt& interrupt);

  bool contains(const std::string& member) const { return members_.count(member) != 0; }
  // The data of a member, through links. Errors: `image` when it is missing, a loop or no file.
  Result<ByteRange> find(const std::string& member) const;
  const std::string& name() const { return name_; }

 private:
  std::shared_ptr<const Fd> file_;
  std::string name_;
  std::map<std::string, TarMember> members_;
};

}  // namespace slim::image
