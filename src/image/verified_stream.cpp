// SPDX-License-Identifier: Apache-2.0
#include "image/verified_stream.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "image/byte_source.hpp"

namespace slim::image {
namespace {

constexpr size_t kSlotBytes = 1u << 20;
constexpr size_t kSlots = 4;

// A ring of buffers with one producer (reads, hashes the blob, decompresses) and two readers: the
// hasher (diffID) and the caller. The counts only grow; slot N % kSlots may be filled again once
// both readers are past N. The caller need not wait for the hasher: finish() tells it whether what
// it has read was right.
class VerifiedStream : public ByteStream {
 public:
  VerifiedStream(StreamSpec spec) : spec_(std::move(spec)), diff_digester_(algorithm()) {}
  ~VerifiedStream() override { stop(); }

  Result<void> start() {
    auto range = std::make_unique<RangeSource>(spec_.blob, spec_.name);
    // Uncompressed bytes are blob and diff at once: no second hash unless the algorithms differ.
    const bool same = spec_.compression == Compression::none && spec_.blob_digest &&
                      spec_.blob_digest->algorithm == spec_.diff_id.algorithm;
    if (same && *spec_.blob_digest != spec_.diff_id) {
      return fail(ErrorCode::image, spec_.name + " is neither gzip nor zstd data, but a plain layer "
                                                 "ought to have its diffID " +
                                        spec_.diff_id.text() + " as its digest");
    }
    if (spec_.blob_digest && !same) {
      auto hashing =
          std::make_unique<HashingSource>(std::move(range), spec_.blob_digest->algorithm);
      blob_hash_ = hashing.get();
      blob_ = std::move(hashing);
    } else {
      blob_ = std::move(range);
    }
    SLIM_TRY(decoder_, decompressing(*blob_, spec_.compression, spec_.name));
    try {
      for (Slot& slot : slots_) slot.bytes = std::make_unique_for_overwrite<std::byte[]>(kSlotBytes);
      producer_ = std::thread([this] { produce(); });
      hasher_ = std::thread([this] { hash(); });
    } catch (const std::system_error& e) {
      return fail(ErrorCode::internal, std::string("starting a thread: ") + e.what());
    } catch (const std::bad_alloc&) {
      return fail(ErrorCode::internal, "out of memory");
    }
    return {};
  }

  Result<size_t> read(std::span<std::byte> into) override {
    size_t done = 0;
    while (done < into.size()) {
      SLIM_TRY(const auto bytes, current());
      if (bytes.empty()) break;
      const size_t piece = std::min(bytes.size(), into.size() - done);
      std::memcpy(into.data() + done, bytes.data(), piece);
      done += piece;
      advance(piece);
    }
    return done;
  }

  Result<void> finish() override {
    if (!outcome_) outcome_ = verify();
    return *outcome_;
  }

 private:
  struct Slot {
    std::unique_ptr<std::byte[]> bytes;
    size_t size = 0;
  };

  std::string_view algorithm() const { return spec_.diff_id.algorithm; }

  tl::unexpected<Error> wrong_digest(const char* what, const Digest& found,
                                     const Digest& promised) const {
    return fail(ErrorCode::image, spec_.name + " has the " + what + " " + found.text() +
                                      ", but the image promises " + promised.text() +
                                      ": it is damaged or was tampered with");
  }

  Result<void> verify() {
    for (;;) {
      SLIM_TRY(const auto bytes, current());
      if (bytes.empty()) break;
      advance(bytes.size());
    }
    join();
    if (blob_hash_) {
      const Digest found = blob_hash_->finish();
      if (found != *spec_.blob_digest) return wrong_digest("digest", found, *spec_.blob_digest);
    }
    const bool plain = spec_.compression == Compression::none && spec_.blob_digest;
    const Digest found = diff_digester_.finish();
    if (found != spec_.diff_id) {
      return wrong_digest(plain ? "digest" : "diffID", found, spec_.diff_id);
    }
    return {};
  }

  // What stands at the caller's position; empty at the end.
  Result<std::span<const std::byte>> current() {
    if (taken_ == 0) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return consumed_ < produced_ || ended_; });
      if (consumed_ == produced_) {
        if (error_) return tl::unexpected<Error>(*error_);
        return std::span<const std::byte>();
      }
    }
    const Slot& slot = slots_[consumed_ % kSlots];
    return std::span<const std::byte>(slot.bytes.get(), slot.size).subspan(taken_);
  }

  void advance(size_t bytes) {
    taken_ += bytes;
    if (taken_ < slots_[consumed_ % kSlots].size) return;
    taken_ = 0;
    const std::lock_guard lock(mutex_);
    ++consumed_;
    changed_.notify_all();
  }

  void produce() {
    uint64_t total = 0;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] {
          return stopped_ || produced_ - std::min(consumed_, hashed_) < kSlots;
        });
        if (stopped_) return;
      }
      Slot& slot = slots_[produced_ % kSlots];
      auto got = decoder_->read({slot.bytes.get(), kSlotBytes});
      slot.size = got ? *got : 0;
      total += slot.size;
      if (!got) got = explain(std::move(got).error(), {slot.bytes.get(), kSlotBytes});
      if (got && spec_.max_bytes != 0 && total > spec_.max_bytes) got = too_much();
      const std::lock_guard lock(mutex_);
      if (got && *got > 0) {
        ++produced_;
      } else {
        if (!got) error_ = std::move(got).error();
        ended_ = true;
      }
      changed_.notify_all();
      if (ended_) return;
    }
  }

  // Data that cannot be decompressed is most often a damaged blob, and the digest can tell: that it
  // is wrong says more than what the decoder stumbled over.
  tl::unexpected<Error> explain(Error error, std::span<std::byte> scratch) {
    if (!blob_hash_ || error.code() != ErrorCode::image) return tl::unexpected(std::move(error));
    for (;;) {
      const auto got = blob_->read(scratch);
      if (!got) return tl::unexpected(std::move(error));
      if (*got == 0) break;
    }
    const Digest found = blob_hash_->finish();
    if (found == *spec_.blob_digest) return tl::unexpected(std::move(error));
    return wrong_digest("digest", found, *spec_.blob_digest);
  }

  tl::unexpected<Error> too_much() const {
    return fail(ErrorCode::image,
                spec_.name + " unpacks to more than " + std::to_string(spec_.max_bytes) +
                    " bytes from " + std::to_string(spec_.blob.size) +
                    ": refused as a decompression bomb (SLIM_MAX_LAYER_BYTES sets the limit)");
  }

  void hash() {
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopped_ || hashed_ < produced_ || ended_; });
        if (stopped_ || hashed_ == produced_) return;
      }
      const Slot& slot = slots_[hashed_ % kSlots];
      diff_digester_.update(std::span<const std::byte>(slot.bytes.get(), slot.size));
      const std::lock_guard lock(mutex_);
      ++hashed_;
      changed_.notify_all();
    }
  }

  void join() {
    if (producer_.joinable()) producer_.join();
    if (hasher_.joinable()) hasher_.join();
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      changed_.notify_all();
    }
    join();
  }

  StreamSpec spec_;
  std::unique_ptr<ByteSource> blob_, decoder_;
  HashingSource* blob_hash_ = nullptr;  // the producer's until it has ended
  Digester diff_digester_;              // the hasher's until it has ended
  std::array<Slot, kSlots> slots_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_; each count is changed by one thread only, which may read it without.
  uint64_t produced_ = 0, hashed_ = 0, consumed_ = 0;
  bool ended_ = false, stopped_ = false;
  std::optional<Error> error_;

  size_t taken_ = 0;  // of the slot at consumed_; the caller's
  std::optional<Result<void>> outcome_;
  std::thread producer_, hasher_;
};

}  // namespace

Result<uint64_t> default_max_bytes(uint64_t blob_bytes) {
  if (const char* text = std::getenv("SLIM_MAX_LAYER_BYTES"); text && *text) {
    uint64_t value = 0;
    const char* end = text + std::strlen(text);
    const auto parsed = std::from_chars(text, end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || value == 0) {
      return fail(ErrorCode::usage, "SLIM_MAX_LAYER_BYTES is not a number of bytes");
    }
    return value;
  }
  constexpr uint64_t kFloor = uint64_t{4} << 30, kRatio = 100;
  return std::max(kFloor, blob_bytes > UINT64_MAX / kRatio ? UINT64_MAX : blob_bytes * kRatio);
}

Result<std::unique_ptr<ByteStream>> open_verified_stream(StreamSpec spec) {
  auto stream = std::make_unique<VerifiedStream>(std::move(spec));
  SLIM_CHECK(stream->start());
  return std::unique_ptr<ByteStream>(std::move(stream));
}

Result<void> read_through(ByteStream& stream, const Interrupt& interrupt) {
  std::vector<std::byte> buffer(kSlotBytes);
  for (;;) {
    SLIM_CHECK(interrupt.check());
    SLIM_TRY(const size_t got, stream.read(buffer));
    if (got == 0) return stream.finish();
  }
}

Result<void> LayerSource::check_layer(size_t index, const Interrupt& interrupt) {
  SLIM_TRY(const auto stream, open_layer(index));
  return read_through(*stream, interrupt);
}

}  // namespace slim::image
