// SPDX-License-Identifier: Apache-2.0
// What the tests of layer tars share: a stream over a string, reading all of a layer, a scratch shell.
#pragma once

#include "slim/image/layer.hpp"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include "image/layer_header.hpp"
#include "slim/base/child.hpp"
#include "slim/base/file.hpp"
#include "support/text_stream.hpp"

namespace slim::image::layer_test {

using test::TextStream;

struct ReadFile {
  Entry entry;
  std::string content;
};

inline Result<std::vector<ReadFile>> read_layer(std::string bytes) {
  SLIM_TRY(LayerReader reader,
           LayerReader::open(std::make_unique<TextStream>(std::move(bytes)), "layer"));
  std::vector<ReadFile> files;
  for (;;) {
    SLIM_TRY(auto entry, reader.next());
    if (!entry) return files;
    ReadFile file{std::move(*entry), {}};
    if (file.entry.size < (64u << 20)) file.content.resize(file.entry.size, '\0');
    SLIM_CHECK(reader.read_data([&](uint64_t offset, std::span<const std::byte> data)
                                    -> Result<void> {
      std::memcpy(file.content.data() + offset, data.data(), data.size());
      return {};
    }));
    files.push_back(std::move(file));
  }
}

inline std::string error_of(const Result<std::vector<ReadFile>>& result) {
  return result ? "no error" : result.error().text();
}

// A header block by hand, for what no tool would write.
inline std::string block(std::string_view name, char type, uint64_t size = 0, std::string_view link = {},
                  std::string_view magic = {"ustar\0" "00", 8}) {
  std::string header(512, '\0');
  const auto put = [&](size_t offset, std::string_view text) {
    header.replace(offset, text.size(), text);
  };
  char number[32];
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  std::snprintf(number, sizeof number, "%011llo", static_cast<unsigned long long>(size));
  put(124, number);
  put(136, "00000000000");
  put(148, "        ");
  header[156] = type;
  put(157, link);
  put(257, magic);
  unsigned sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  std::snprintf(number, sizeof number, "%06o", sum);
  put(148, std::string(number) + '\0');
  return header;
}

inline std::string padded(std::string body) {
  body.resize((body.size() + 511) / 512 * 512, '\0');
  return body;
}

inline std::string record(const std::string& text) {
  size_t length = text.size() + 3;
  while (std::to_string(length).size() + text.size() + 2 != length) ++length;
  return std::to_string(length) + ' ' + text + '\n';
}

inline std::string pax(const std::string& records) {
  return block("PaxHeaders/x", 'x', records.size()) + padded(records);
}

// The output of a command in a scratch directory.
struct Scratch {
  TempDir directory = *TempDir::create(P_tmpdir, "slim-layer-test");
  std::string path(const std::string& name) const { return directory.path() + "/" + name; }
  std::string shell(const std::string& script) const {
    SpawnOptions options;
    options.working_directory = directory.path();
    options.extra_environment = {"LC_ALL=C", "TZ=UTC"};
    const auto output = run_command({"sh", "-ec", script}, Interrupt(), options);
    REQUIRE(output);
    INFO(output->err);
    REQUIRE(output->status.ok());
    return output->out;
  }
};

}  // namespace slim::image::layer_test
