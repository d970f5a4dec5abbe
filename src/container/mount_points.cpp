// SPDX-License-Identifier: Apache-2.0
#include "container/mount_points.hpp"

#include <algorithm>

#include "slim/base/file.hpp"

namespace slim::container {

namespace {

// The kernel writes white space and backslashes as \ooo.
std::string unescape_octal(std::string_view text) {
  std::string path;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto digits = text.substr(std::min(i + 1, text.size()), 3);
    if (text[i] == '\\' && digits.size() == 3 &&
        digits.find_first_not_of("01234567") == std::string_view::npos) {
      path += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + digits[2] - '0');
      i += 3;
    } else {
      path += text[i];
    }
  }
  return path;
}

// The fifth word of a line.
std::string_view mount_point_field(std::string_view line) {
  for (int skipped = 0; skipped < 4; ++skipped) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return {};
    line.remove_prefix(space + 1);
  }
  return line.substr(0, line.find(' '));
}

}  // namespace

std::vector<std::string> parse_mount_points(std::string_view mountinfo) {
  std::vector<std::string> all;
  while (!mountinfo.empty()) {
    const auto end = mountinfo.find('\n');
    std::string path = unescape_octal(mount_point_field(mountinfo.substr(0, end)));
    if (path.size() > 1) all.push_back(std::move(path));
    mountinfo.remove_prefix(end == std::string_view::npos ? mountinfo.size() : end + 1);
  }
  std::sort(all.begin(), all.end());
  std::vector<std::string> outermost;
  for (auto& path : all) {
    const bool inside = std::any_of(outermost.begin(), outermost.end(), [&](const auto& outer) {
      return path == outer || (path.starts_with(outer) && path[outer.size()] == '/');
    });
    if (!inside) outermost.push_back(std::move(path));
  }
  return outermost;
}

Result<std::vector<std::string>> mount_points_of(pid_t pid) {
  SLIM_TRY(const std::string text, read_file("/proc/" + std::to_string(pid) + "/mountinfo"));
  return parse_mount_points(text);
}

}  // namespace slim::container
