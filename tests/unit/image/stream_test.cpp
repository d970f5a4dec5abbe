// SPDX-License-Identifier: Apache-2.0
#include "image/verified_stream.hpp"

#include <fcntl.h>

#include <cstdlib>
#include <random>

#include "image_builder.hpp"

using namespace slim;
using namespace slim::image;
using namespace slim::image::test;
using Catch::Contains;
using Catch::StartsWith;

namespace {

std::string random_bytes(size_t size) {
  std::mt19937 generator(7);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(generator() % 40);
  return bytes;
}

struct Blob {
  TempDir dir = scratch();
  StreamSpec spec;
  Blob(const std::string& stored, const std::string& plain, Compression compression) {
    const std::string path = write(dir, "blob", "..." + stored + "...");
    spec.blob = {std::make_shared<const Fd>(value_of(open_file(path, O_RDONLY))), 3, stored.size()};
    spec.compression = compression;
    spec.name = "layer 1";
    spec.blob_digest = Digest::of(stored);
    spec.diff_id = Digest::of(plain);
  }
};

Result<std::string> drain(const StreamSpec& spec, size_t piece = 100'000) {
  SLIM_TRY(const auto stream, open_verified_stream(spec));
  std::string all;
  std::vector<std::byte> buffer(piece);
  for (;;) {
    SLIM_TRY(const size_t got, stream->read(buffer));
    if (got == 0) break;
    all.append(reinterpret_cast<const char*>(buffer.data()), got);
  }
  SLIM_CHECK(stream->finish());
  return all;
}

}  // namespace

TEST_CASE("bytes come out as they went in, verified") {
  const size_t size = GENERATE(0, 1, 4096, (1 << 20) - 1, 1 << 20, (5 << 20) + 17);
  const std::string data = random_bytes(static_cast<size_t>(size));
  CAPTURE(size);
  CHECK(value_of(drain(Blob(data, data, Compression::none).spec)) == data);
  CHECK(value_of(drain(Blob(gzip(data), data, Compression::gzip).spec)) == data);
  CHECK(value_of(drain(Blob(zstd(data), data, Compression::zstd).spec, 7'777'777)) == data);
}

TEST_CASE("gzip members and zstd frames may follow one another") {
  const std::string a = random_bytes(300'000), b = "tail";
  CHECK(value_of(drain(Blob(gzip(a) + gzip(b) + gzip(""), a + b, Compression::gzip).spec)) == a + b);
  CHECK(value_of(drain(Blob(zstd(a) + zstd(b), a + b, Compression::zstd).spec)) == a + b);
  // A skippable frame, as zstd:chunked images have one at the end.
  const std::string skippable("\x50\x2a\x4d\x18\x04\0\0\0abcd", 12);
  CHECK(value_of(drain(Blob(zstd(a) + skippable, a, Compression::zstd).spec)) == a);
  CHECK(sniff_compression(std::as_bytes(std::span(skippable))) == Compression::zstd);
  const std::string padded = gzip(a) + std::string(1000, '\0');
  CHECK(value_of(drain(Blob(padded, a, Compression::gzip).spec)) == a);
}

TEST_CASE("compressed data that ends early or goes on wrongly is refused") {
  const std::string data = random_bytes(400'000);
  const std::string zipped = gzip(data), packed = zstd(data);
  const auto error = [&](const std::string& stored, Compression compression) {
    return error_of(drain(Blob(stored, data, compression).spec));
  };
  for (const size_t cut : {size_t{1}, size_t{9}, size_t{1000}, zipped.size() - 1}) {
    CHECK_THAT(error(zipped.substr(0, cut), Compression::gzip),
               StartsWith("image: layer 1") && Contains("ends too early"));
  }
  for (const size_t cut : {size_t{1}, size_t{9}, size_t{1000}, packed.size() - 1}) {
    CHECK_THAT(error(packed.substr(0, cut), Compression::zstd),
               StartsWith("image: layer 1") && Contains("ends too early"));
  }
  CHECK_THAT(error("", Compression::zstd), Contains("ends too early"));
  CHECK_THAT(error(zipped + "garbage", Compression::gzip), Contains("cannot be decompressed"));
  CHECK_THAT(error(zipped + std::string("\0\0x", 3), Compression::gzip), Contains("garbage"));
  CHECK_THAT(error(packed + "garbage", Compression::zstd), Contains("cannot be decompressed"));
}

TEST_CASE("wrong digests are told apart") {
  const std::string data = random_bytes(3 << 20);
  const Digest other = Digest::of("other");
  Blob zipped(gzip(data), data, Compression::gzip);
  zipped.spec.diff_id = other;
  CHECK_THAT(error_of(drain(zipped.spec)),
             StartsWith("image: layer 1 has the diffID " + Digest::of(data).text()) &&
                 Contains("promises " + other.text()));
  zipped.spec.blob_digest = other;
  CHECK_THAT(error_of(drain(zipped.spec)), Contains("has the digest"));

  Blob plain(data, data, Compression::none);
  plain.spec.blob_digest = plain.spec.diff_id = other;
  CHECK_THAT(error_of(drain(plain.spec)), Contains("has the digest " + Digest::of(data).text()));
  plain.spec.blob_digest = Digest::of(data);
  CHECK_THAT(error_of(drain(plain.spec)), Contains("ought to have its diffID"));
  plain.spec.blob_digest.reset();
  CHECK_THAT(error_of(drain(plain.spec)), Contains("has the diffID"));

  // A damaged blob is called so, whatever the decoder makes of it.
  std::string bytes = gzip(data);
  Blob damaged(bytes, data, Compression::gzip);
  bytes[bytes.size() / 2] ^= 0x55;
  bytes[bytes.size() / 3] ^= 0x55;
  Blob changed(bytes, data, Compression::gzip);
  changed.spec.blob_digest = damaged.spec.blob_digest;
  CHECK_THAT(error_of(drain(changed.spec)), Contains("has the digest " + Digest::of(bytes).text()));
}

TEST_CASE("two digest algorithms at once") {
  const std::string data = random_bytes(100'000);
  Blob blob(data, data, Compression::none);
  Digester digester("sha512");
  digester.update(data);
  blob.spec.blob_digest = digester.finish();
  CHECK(value_of(drain(blob.spec)) == data);
  blob.spec.blob_digest->hex[0] ^= 1;
  CHECK_THAT(error_of(drain(blob.spec)), Contains("has the digest sha512:"));
}

TEST_CASE("a file that has become shorter is truncated") {
  const std::string data = random_bytes(10'000);
  Blob blob(data, data, Compression::none);
  blob.spec.blob.size += 1'000;
  CHECK_THAT(error_of(drain(blob.spec)), StartsWith("image: layer 1 is truncated"));
}

TEST_CASE("finish alone verifies, again and again the same") {
  const std::string data = random_bytes(9 << 20);
  Blob blob(zstd(data), data, Compression::zstd);
  {
    const auto stream = value_of(open_verified_stream(blob.spec));
    succeed(stream->finish());
    succeed(stream->finish());
  }
  blob.spec.diff_id = Digest::of("other");
  const auto stream = value_of(open_verified_stream(blob.spec));
  const std::string first = error_of(stream->finish());
  CHECK(error_of(stream->finish()) == first);
}

TEST_CASE("a stream may be dropped in the middle") {
  const std::string data = random_bytes(20 << 20);
  Blob blob(data, data, Compression::none);
  std::vector<std::byte> buffer(100);
  for (int i = 0; i < 20; ++i) {
    const auto stream = value_of(open_verified_stream(blob.spec));
    if (i % 2) CHECK(value_of(stream->read(buffer)) == buffer.size());
  }
}

TEST_CASE("decompression bombs are refused") {
  const std::string data(30 << 20, '\0');
  Blob blob(gzip(data), data, Compression::gzip);
  REQUIRE(blob.spec.blob.size < 40'000);
  blob.spec.max_bytes = 20 << 20;
  CHECK_THAT(error_of(drain(blob.spec)),
             StartsWith("image: layer 1 unpacks to more than 20971520 bytes") &&
                 Contains("SLIM_MAX_LAYER_BYTES"));
  blob.spec.max_bytes = 30 << 20;
  CHECK(value_of(drain(blob.spec)).size() == data.size());
}

TEST_CASE("the limit on a layer is generous and can be set") {
  unsetenv("SLIM_MAX_LAYER_BYTES");
  CHECK(value_of(default_max_bytes(0)) == uint64_t{4} << 30);
  CHECK(value_of(default_max_bytes(uint64_t{1} << 30)) == (uint64_t{1} << 30) * 100);
  CHECK(value_of(default_max_bytes(UINT64_MAX)) == UINT64_MAX);
  setenv("SLIM_MAX_LAYER_BYTES", "12345", 1);
  CHECK(value_of(default_max_bytes(0)) == 12345);
  for (const char* bad : {"x", "-1", "1G", "0"}) {
    setenv("SLIM_MAX_LAYER_BYTES", bad, 1);
    CHECK_THAT(error_of(default_max_bytes(0)), StartsWith("usage: "));
  }
  unsetenv("SLIM_MAX_LAYER_BYTES");
}
