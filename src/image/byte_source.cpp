// SPDX-License-Identifier: Apache-2.0
#include "image/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <vector>

namespace slim::image {
namespace {

constexpr size_t kInputBytes = 256u << 10;

// What both decoders share: a buffer of compressed bytes that is filled from `inner`.
class Decoder : public ByteSource {
 protected:
  Decoder(ByteSource& inner, std::string name)
      : inner_(inner), name_(std::move(name)), buffer_(kInputBytes) {}

  // Makes sure that there is at least one byte of input; false at the end.
  Result<bool> refill() {
    if (begin_ < end_) return true;
    SLIM_TRY(end_, inner_.read(buffer_));
    begin_ = 0;
    return end_ > 0;
  }
  std::span<const std::byte> input() const {
    return std::span(buffer_).subspan(begin_, end_ - begin_);
  }
  void consume(size_t bytes) { begin_ += bytes; }

  tl::unexpected<Error> damaged(const std::string& why) const {
    return fail(ErrorCode::image, name_ + " cannot be decompressed: " + why);
  }
  tl::unexpected<Error> cut_off(const char* format) const {
    return damaged(std::string("the ") + format + " data ends too early");
  }

 private:
  ByteSource& inner_;
  std::string name_;
  std::vector<std::byte> buffer_;
  size_t begin_ = 0, end_ = 0;
};

class GzipDecoder : public Decoder {
 public:
  GzipDecoder(ByteSource& inner, std::string name) : Decoder(inner, std::move(name)) {}
  ~GzipDecoder() override {
    if (ready_) inflateEnd(&stream_);
  }
  Result<void> start() {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) {
      return fail(ErrorCode::internal, "zlib cannot be initialised");
    }
    ready_ = true;
    return {};
  }

  Result<size_t> read(std::span<std::byte> into) override {
    size_t done = 0;
    while (done < into.size() && !ended_) {
      SLIM_TRY(const bool more, refill());
      if (!more) {
        if (in_member_) return cut_off("gzip");
        ended_ = true;
        break;
      }
      if (!in_member_) {
        SLIM_TRY(const bool member, start_member());
        if (!member) continue;
      }
      SLIM_TRY(const size_t made, inflate_into(into.subspan(done)));
      done += made;
    }
    return done;
  }

 private:
  // Between members: the next one begins, or there is padding (gzip(1): "trailing zeros ignored").
  Result<bool> start_member() {
    if (members_ > 0 && (padding_ || input()[0] == std::byte{0})) {
      padding_ = true;
      const auto bytes = input();
      if (std::any_of(bytes.begin(), bytes.end(), [](std::byte b) { return b != std::byte{0}; })) {
        return damaged("garbage follows the gzip data");
      }
      consume(bytes.size());
      return false;
    }
    if (members_ > 0) inflateReset(&stream_);
    in_member_ = true;
    ++members_;
    return true;
  }

  Result<size_t> inflate_into(std::span<std::byte> into) {
    const auto bytes = input();
    const size_t room = std::min<size_t>(into.size(), 1u << 30);  // zlib counts in unsigned int
    stream_.next_in =
        const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));  // NOLINT: zlib's API
    stream_.avail_in = static_cast<uInt>(bytes.size());
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = static_cast<uInt>(room);
    const int status = inflate(&stream_, Z_NO_FLUSH);
    consume(bytes.size() - stream_.avail_in);
    if (status == Z_STREAM_END) {
      in_member_ = false;
    } else if (status == Z_MEM_ERROR) {
      return fail(ErrorCode::internal, "zlib is out of memory");
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      return damaged(stream_.msg ? stream_.msg : "the gzip data is malformed");
    }
    return room - stream_.avail_out;
  }

  z_stream stream_{};
  bool ready_ = false, in_member_ = false, padding_ = false, ended_ = false;
  size_t members_ = 0;
};

class ZstdDecoder : public Decoder {
 public:
  ZstdDecoder(ByteSource& inner, std::string name) : Decoder(inner, std::move(name)) {}
  ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }
  Result<void> start() {
    // The library's own limit on windows (128 MiB) bounds the memory a hostile frame can ask for.
    stream_ = ZSTD_createDStream();
    if (!stream_) return fail(ErrorCode::internal, "zstd cannot be initialised");
    return {};
  }

  Result<size_t> read(std::span<std::byte> into) override {
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    while (out.pos < out.size && !ended_) {
      SLIM_TRY(const bool more, refill());
      if (!more && !in_frame_) {
        ended_ = true;
        break;
      }
      // Without further input the decoder may still hold output back.
      const auto bytes = input();
      const size_t before = out.pos;
      ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
      const size_t status = ZSTD_decompressStream(stream_, &out, &in);
      consume(in.pos);
      if (ZSTD_isError(status)) return damaged(ZSTD_getErrorName(status));
      in_frame_ = status != 0;
      if (!more && in_frame_ && out.pos == before) return cut_off("zstd");
    }
    return out.pos;
  }

 private:
  ZSTD_DStream* stream_ = nullptr;
  bool in_frame_ = true;  // an empty input is not a zstd stream
  bool ended_ = false;
};

class PlainDecoder : public ByteSource {
 public:
  explicit PlainDecoder(ByteSource& inner) : inner_(inner) {}
  Result<size_t> read(std::span<std::byte> into) override { return inner_.read(into); }

 private:
  ByteSource& inner_;
};

template <typename Kind>
Result<std::unique_ptr<ByteSource>> make_decoder(ByteSource& inner, std::string name) {
  auto decoder = std::make_unique<Kind>(inner, std::move(name));
  SLIM_CHECK(decoder->start());
  return std::unique_ptr<ByteSource>(std::move(decoder));
}

}  // namespace

RangeSource::RangeSource(ByteRange range, std::string name)
    : range_(std::move(range)), name_(std::move(name)) {
  // Only hints: a pipe-like file system may refuse them.
  const auto offset = static_cast<off_t>(range_.offset), size = static_cast<off_t>(range_.size);
  (void)posix_fadvise(range_.file->get(), offset, size, POSIX_FADV_SEQUENTIAL);
}

Result<size_t> RangeSource::read(std::span<std::byte> into) {
  const size_t wanted = std::min<uint64_t>(into.size(), range_.size - done_);
  size_t got = 0;
  while (got < wanted) {
    const ssize_t bytes = pread(range_.file->get(), into.data() + got, wanted - got,
                                static_cast<off_t>(range_.offset + done_));
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return fail_errno("reading " + name_);
    if (bytes == 0) {
      return fail(ErrorCode::image, name_ + " is truncated: " + std::to_string(done_) + " of " +
                                        std::to_string(range_.size) + " bytes are there");
    }
    got += static_cast<size_t>(bytes);
    done_ += static_cast<uint64_t>(bytes);
  }
  return got;
}

Result<size_t> HashingSource::read(std::span<std::byte> into) {
  SLIM_TRY(const size_t got, inner_->read(into));
  digester_.update(std::span<const std::byte>(into.first(got)));
  return got;
}

Result<std::unique_ptr<ByteSource>> decompressing(ByteSource& inner, Compression compression,
                                                  std::string name) {
  switch (compression) {
    case Compression::gzip: return make_decoder<GzipDecoder>(inner, std::move(name));
    case Compression::zstd: return make_decoder<ZstdDecoder>(inner, std::move(name));
    case Compression::none: break;
  }
  return std::unique_ptr<ByteSource>(std::make_unique<PlainDecoder>(inner));
}

std::string state_of(const ByteRange& range) {
  struct stat status;
  if (fstat(range.file->get(), &status) != 0) return {};
  std::string text;
  for (const auto number :
       {static_cast<uint64_t>(status.st_dev), static_cast<uint64_t>(status.st_ino),
        static_cast<uint64_t>(status.st_size), static_cast<uint64_t>(status.st_mtim.tv_sec),
        static_cast<uint64_t>(status.st_mtim.tv_nsec), static_cast<uint64_t>(status.st_ctim.tv_sec),
        static_cast<uint64_t>(status.st_ctim.tv_nsec), range.offset, range.size})
    text += (text.empty() ? "" : " ") + std::to_string(number);
  return text;
}

Result<Compression> sniff_compression(const ByteRange& range, const std::string& name) {
  std::array<std::byte, 6> magic{};
  RangeSource source(range, name);
  SLIM_TRY(const size_t got, source.read(magic));
  return sniff_compression(std::span<const std::byte>(magic).first(got));
}

}  // namespace slim::image
