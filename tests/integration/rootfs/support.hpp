// SPDX-License-Identifier: Apache-2.0
// Images made of plain layer tars, for the tests of the store.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <iostream>

#include "slim/base/child.hpp"
#include "slim/base/file.hpp"
#include "slim/image/image.hpp"
#include "slim/rootfs/rootfs.hpp"

namespace slim::test {

// Reads a file and, like a real layer, proves its digest at the end.
class FileStream : public image::ByteStream {
 public:
  FileStream(Fd fd, Digest expected) : fd_(std::move(fd)), expected_(std::move(expected)) {}
  Result<size_t> read(std::span<std::byte> into) override {
    const ssize_t count = ::read(fd_.get(), into.data(), into.size());
    if (count < 0) return fail_errno("read");
    digester_.update(into.first(static_cast<size_t>(count)));
    return static_cast<size_t>(count);
  }
  Result<void> finish() override {
    std::byte rest[4096];
    for (;;) {
      SLIM_TRY(const size_t count, read(rest));
      if (count == 0) break;
    }
    if (digester_.finish() != expected_) return fail(ErrorCode::image, "wrong digest");
    return {};
  }

 private:
  Fd fd_;
  Digest expected_;
  Digester digester_;
};

class TarLayers : public image::LayerSource {
 public:
  Result<std::unique_ptr<image::ByteStream>> open_layer(size_t index) override {
    ++opened;
    SLIM_TRY(Fd fd, open_file(files.at(index), O_RDONLY));
    return std::unique_ptr<image::ByteStream>(
        std::make_unique<FileStream>(std::move(fd), digests.at(index)));
  }
  std::vector<std::string> files;
  std::vector<Digest> digests;
  std::atomic<int> opened{0};
};

inline image::Image image_of(const std::vector<std::string>& tars) {
  auto source = std::make_shared<TarLayers>();
  image::Image image;
  for (const std::string& tar : tars) {
    const auto bytes = read_file(tar);
    REQUIRE(bytes);
    image::Layer layer;
    layer.diff_id = Digest::of(*bytes);
    source->files.push_back(tar);
    source->digests.push_back(layer.diff_id);
    image.layers.push_back(std::move(layer));
  }
  image.source = std::move(source);
  return image;
}

// A scratch directory, a shell in it, and a store.
struct Scratch {
  TempDir directory = *TempDir::create("/var/tmp", "slim-rootfs-test");

  std::string path(const std::string& name) const { return directory.path() + "/" + name; }
  Output try_shell(const std::string& script) const {
    SpawnOptions options;
    options.working_directory = directory.path();
    options.extra_environment = {"LC_ALL=C", "TZ=UTC"};
    return *run_command({"bash", "-ec", script}, Interrupt(), options);
  }
  std::string shell(const std::string& script) const {
    const Output output = try_shell(script);
    INFO(script << "\n" << output.err);
    REQUIRE(output.status.ok());
    return output.out;
  }
  rootfs::Store store() const {
    auto opened = rootfs::Store::open(path("store"));
    INFO((opened ? "" : opened.error().text()));
    REQUIRE(opened);
    return std::move(*opened);
  }
};

inline void need_root() {
  if (::geteuid() == 0) return;
  std::cerr << "skipped: needs root\n";
  std::exit(77);
}

// Everything lstat(2) and getxattr(2) say of a tree, one line a file. Directory sizes depend on the
// file system and so do their links, access times on who looked.
inline std::string describe(const Scratch& scratch, const std::string& tree) {
  return scratch.shell("cd " + tree +
                       " && find . -printf '%P|%y|%m|%U:%G|%T@|%l\\n' | sort; "
                       "find . ! -type d -printf '%P %n\\n' | sort; "
                       "find . -type f -printf '%P %s\\n' | sort; "
                       "find . -type f -print0 | sort -z | xargs -0r sha256sum; "
                       "find . -type c -o -type b | sort | xargs -r stat -c '%n %t:%T'; "
                       "getfattr -R -P -h -d -m - -e hex . 2>/dev/null | cat; "
                       "find . -type f -links +1 -printf '%i %P\\n' | sort | "
                       "awk '{if(!($1 in n)) n[$1]=++c; print n[$1], $2}'");
}

// What diff(1) says of two descriptions; empty when they are the same.
inline std::string difference(const Scratch& scratch, const std::string& a, const std::string& b) {
  REQUIRE(write_file_atomically(scratch.path("a.txt"), a));
  REQUIRE(write_file_atomically(scratch.path("b.txt"), b));
  return scratch.try_shell("diff a.txt b.txt").out;
}

template <typename T>
std::string error_text(const Result<T>& result) {
  return result ? "no error" : result.error().text();
}

}  // namespace slim::test
