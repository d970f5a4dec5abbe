// SPDX-License-Identifier: Apache-2.0
// Layer tars. What can be read is written again and read back the same.
#include "slim/image/layer.hpp"

#include <cstring>
#include <string>
#include <vector>

#include "fuzz.hpp"
#include "slim/base/file.hpp"
#include "slim/base/memory_file.hpp"
#include "support/text_stream.hpp"

using namespace slim;
using fuzz::hold;

namespace {

// Mutations seldom hit the right checksum, and behind a wrong one nothing is read.
std::string with_checksums(std::string tar) {
  constexpr size_t kBlock = 512, kChecksum = 148, kMagic = 257;
  for (size_t at = 0; at + kBlock <= tar.size(); at += kBlock) {
    if (std::string_view(tar).substr(at + kMagic, 5) != "ustar") continue;
    std::memset(&tar[at + kChecksum], ' ', 8);
    unsigned sum = 0;
    for (size_t i = 0; i < kBlock; ++i) sum += static_cast<unsigned char>(tar[at + i]);
    std::snprintf(&tar[at + kChecksum], 8, "%06o", sum);
  }
  return tar;
}

constexpr uint64_t kLargest = 1 << 20;  // of a file that is written again

struct File {
  image::Entry entry;
  std::string content;
  friend bool operator==(const File&, const File&) = default;
};

Result<std::vector<File>> read(std::string tar) {
  SLIM_TRY(auto reader,
           image::LayerReader::open(std::make_unique<test::TextStream>(std::move(tar)), "layer"));
  std::vector<File> files;
  for (;;) {
    SLIM_TRY(auto entry, reader.next());
    if (!entry) return files;
    const std::string& path = entry->path;
    hold(path.empty() || (path.front() != '/' && path.back() != '/'), "names are relative");
    hold(("/" + path + "/").find("/../") == path.npos, "no name climbs");
    hold(path.find('\0') == path.npos, "no NUL in a name");
    File file{*entry, {}};
    const bool small = entry->size <= kLargest;
    if (small) file.content.resize(entry->size);
    uint64_t end = 0;
    SLIM_CHECK(reader.read_data([&](uint64_t offset, std::span<const std::byte> run) -> Result<void> {
      hold(offset >= end && offset + run.size() <= entry->size, "data is in order and in the file");
      end = offset + run.size();
      if (small) std::memcpy(file.content.data() + offset, run.data(), run.size());
      return {};
    }));
    if (small) files.push_back(std::move(file));
  }
}

Result<std::string> written(const std::vector<File>& files) {
  SLIM_TRY(const Fd tar, memory_file("tar", ""));
  SLIM_TRY(auto writer, image::LayerWriter::create(tar, "layer"));
  for (const File& file : files) {
    if (file.entry.type != image::EntryType::file) {
      SLIM_CHECK(writer.add(file.entry, nullptr));
      continue;
    }
    SLIM_TRY(const Fd content, memory_file("content", file.content));
    SLIM_CHECK(writer.add(file.entry, &content));
  }
  SLIM_CHECK(writer.finish());
  return read_file("/proc/self/fd/" + std::to_string(tar.get()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto files = read(with_checksums(std::string(fuzz::text_of(data, size))));
  if (!files) return 0;
  const auto tar = written(*files);
  if (!tar) return 0;
  const auto again = read(*tar);
  hold(again && *again == *files, "a written layer reads back the same");
  return 0;
}
