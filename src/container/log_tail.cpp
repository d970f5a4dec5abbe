// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "slim/container/container.hpp"

namespace slim::container {

// The end of the file is enough, however long it is or its lines are.
std::string log_tail(const std::string& log_path, size_t lines) {
  constexpr off_t kMost = 64 << 10;
  const auto file = open_file(log_path, O_RDONLY);
  struct stat status;
  if (lines == 0 || !file || ::fstat(file->get(), &status) != 0) return "";
  const off_t from = std::max<off_t>(0, status.st_size - kMost);
  std::string text(static_cast<size_t>(status.st_size - from), '\0');
  const ssize_t count = ::pread(file->get(), text.data(), text.size(), from);
  text.resize(static_cast<size_t>(std::max<ssize_t>(0, count)));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  size_t start = text.size();
  for (size_t found = 0; found < lines && start != std::string::npos && start > 0; ++found)
    start = text.rfind('\n', start - 1);
  if (start != std::string::npos && start < text.size() && text[start] == '\n')
    text.erase(0, start + 1);
  return text;
}

}  // namespace slim::container
