// SPDX-License-Identifier: Apache-2.0
// Sources of bytes that are chained: a range of a file, what gzip or zstd makes of it.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "image/recognise.hpp"
#include "image/tar_scan.hpp"
#include "slim/base/digest.hpp"
#include "slim/base/error.hpp"

namespace slim::image {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // As many bytes as there are room for, fewer only at the end; 0 at the end.
  virtual Result<size_t> read(std::span<std::byte> into) = 0;
};

// `name` says in errors what is being read. A file that has become shorter than the range is an
// `image` error.
class RangeSource : public ByteSource {
 public:
  RangeSource(ByteRange range, std::string name);
  Result<size_t> read(std::span<std::byte> into) override;

 private:
  ByteRange range_;
  std::string name_;
  uint64_t done_ = 0;
};

// Hashes what passes through.
class HashingSource : public ByteSource {
 public:
  HashingSource(std::unique_ptr<ByteSource> inner, std::string_view algorithm)
      : inner_(std::move(inner)), digester_(algorithm) {}
  Result<size_t> read(std::span<std::byte> into) override;
  Digest finish() { return digester_.finish(); }

 private:
  std::unique_ptr<ByteSource> inner_;
  Digester digester_;
};

// Decompresses `inner`, which it reads to its end: several gzip members or zstd frames follow one
// another, zeros may follow the last gzip member. `inner` must outlive the result. Errors: `image`
// when the data is not of that kind, damaged or cut off.
Result<std::unique_ptr<ByteSource>> decompressing(ByteSource& inner, Compression compression,
                                                  std::string name);

// Which file the range is of, where in it, and when that was changed last (see
// LayerSource::layer_state).
std::string state_of(const ByteRange& range);

// How the bytes of a range are compressed, by their magic number.
Result<Compression> sniff_compression(const ByteRange& range, const std::string& name);

}  // namespace slim::image
