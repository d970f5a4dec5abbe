// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over the files of a directory, in builds without libFuzzer.
#include <cstdio>
#include <filesystem>

#include "fuzz.hpp"
#include "slim/base/file.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
    return 2;
  }
  size_t replayed = 0;
  for (const auto& file : std::filesystem::directory_iterator(argv[1])) {
    const auto bytes = slim::read_file(file.path());
    if (!bytes) {
      std::fprintf(stderr, "%s\n", bytes.error().text().c_str());
      return 1;
    }
    std::printf("%s\n", file.path().filename().c_str());
    std::fflush(stdout);  // the last line names the input that crashed
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size());
    ++replayed;
  }
  return replayed > 0 ? 0 : 1;
}
