// SPDX-License-Identifier: Apache-2.0
// What the tests against other tools share: running them, and a slim image to hand them.
#pragma once

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "slim/base/child.hpp"
#include "slim/base/file.hpp"
#include "slim/image/write.hpp"

namespace slim::image::test {

inline TempDir temporary(const std::string& parent = "/var/tmp") {
  auto directory = TempDir::create(parent, "slim-image-test");
  REQUIRE(directory);
  return std::move(*directory);
}

inline Output run(const std::vector<std::string>& command, SpawnOptions options = {}) {
  auto output = run_command(command, Interrupt(), std::move(options));
  REQUIRE(output);
  return std::move(*output);
}

// stdout of a command that must succeed.
inline std::string output_of(const std::vector<std::string>& command, SpawnOptions options = {}) {
  const Output output = run(command, std::move(options));
  INFO(command[0] << " " << (command.size() > 1 ? command[1] : "") << ": " << output.err);
  REQUIRE(output.status.ok());
  return output.out;
}

inline Entry entry(const std::string& path, EntryType type, uint32_t mode) {
  Entry result;
  result.path = path;
  result.type = type;
  result.mode = mode;
  result.mtime = {1700000000, 123456789};
  return result;
}

// An image that runs: busybox (statically linked) under two names, a set-uid copy of its link, and
// a file of zeros with a hole. `filler` is the size of that file.
struct Sample {
  ImageConfig config;
  std::vector<std::string> tags;
  std::string scratch;
  uint64_t filler = 1 << 20;

  WriteRequest request() const {
    WriteRequest request;
    request.source = &config;
    request.tags = tags;
    request.changes.exposed_ports = {{8080, "tcp"}};
    request.changes.volumes = config.volumes;
    request.write_layer = [this](LayerWriter& writer) { return write(writer); };
    return request;
  }

  Result<void> write(LayerWriter& writer) const {
    SLIM_CHECK(writer.add(entry("bin", EntryType::directory, 0755), nullptr));
    SLIM_TRY(const Fd busybox, open_file("/usr/bin/busybox", O_RDONLY));
    Entry program = entry("bin/busybox", EntryType::file, 04755);
    SLIM_TRY(const std::string bytes, read_file("/usr/bin/busybox"));
    program.size = bytes.size();
    SLIM_CHECK(writer.add(program, &busybox));
    Entry link = entry("bin/sh", EntryType::hardlink, 04755);
    link.target = "bin/busybox";
    SLIM_CHECK(writer.add(link, nullptr));
    const std::string path = scratch + "/filler";
    SLIM_TRY(const Fd filler_file, open_file(path, O_RDWR | O_CREAT | O_TRUNC, 0600));
    std::string data(filler, 'x');
    SLIM_CHECK(write_all(filler_file, data, path));
    Entry file = entry("filler", EntryType::file, 0640);
    file.uid = 1000;
    file.gid = 1001;
    file.size = filler;
    return writer.add(file, &filler_file);
  }
};

inline Sample sample(const TempDir& scratch, std::vector<std::string> tags) {
  auto config = ImageConfig::parse(
      R"({"architecture":")" + Platform::host().architecture +
      R"(","os":"linux","created":"2024-01-01T00:00:00Z","author":"me","config":{"User":"0",)"
      R"("Env":["PATH=/bin","GREETING=hello"],"Entrypoint":["/bin/busybox"],)"
      R"("Cmd":["sh","-c","echo $GREETING"],"Volumes":{"/data":{}},"WorkingDir":"/",)"
      R"("Labels":{"a":"b"},"StopSignal":"SIGINT","Healthcheck":{"Test":["CMD","/bin/sh"]},)"
      R"("Shell":["/bin/sh","-c"],"OnBuild":["RUN true"]},)"
      R"("rootfs":{"type":"layers","diff_ids":[]}})");
  REQUIRE(config);
  return {*config, std::move(tags), scratch.path()};
}

}  // namespace slim::image::test
