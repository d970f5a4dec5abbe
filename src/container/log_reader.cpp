// SPDX-License-Identifier: Apache-2.0
#include "container/log_reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "slim/base/fd.hpp"

namespace slim::container {

namespace {

// std::regex recurses for each character of some patterns; this many are safe on any stack.
constexpr size_t kLongestLine = 4096;

}  // namespace

std::vector<std::string> LogReader::new_lines(bool last_call) {
  std::vector<std::string> lines;
  const auto file = open_file(path_, O_RDONLY);
  if (!file) return lines;
  char buffer[16 << 10];
  ssize_t count;
  while ((count = ::pread(file->get(), buffer, sizeof buffer, offset_)) > 0) {
    offset_ += count;
    for (ssize_t i = 0; i < count; ++i) {
      if (buffer[i] != '\n') partial_ += buffer[i];
      if (buffer[i] == '\n' || partial_.size() >= kLongestLine) {
        lines.push_back(std::move(partial_));
        partial_.clear();
      }
    }
  }
  if (last_call && !partial_.empty()) lines.push_back(std::move(partial_));
  return lines;
}

}  // namespace slim::container
