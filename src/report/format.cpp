// SPDX-License-Identifier: Apache-2.0
#include "report/format.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "slim/base/path.hpp"
#include "slim/report/terminal.hpp"

namespace slim::report {
namespace {

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// Where the first `width` columns of the text end.
size_t bytes_of_columns(std::string_view text, size_t width) {
  size_t i = 0;
  while (i < text.size() && width-- > 0) {
    ++i;
    while (i < text.size() && continues(text[i])) ++i;
  }
  return i;
}

}  // namespace

std::string human_bytes(uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  static constexpr std::array<const char*, 6> kUnits = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  // 999.95 would print as 1000.0.
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %s", value, kUnits[unit]);
  return text;
}

std::string human_count(uint64_t count) {
  std::string digits = std::to_string(count);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string human_seconds(double seconds) {
  char text[64];
  if (seconds < 9.995) {
    std::snprintf(text, sizeof text, "%.2f s", seconds);
  } else if (seconds < 59.95) {
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  } else {
    const auto whole = static_cast<uint64_t>(std::llround(seconds));
    std::snprintf(text, sizeof text, "%llu min %02llu s",
                  static_cast<unsigned long long>(whole / 60),
                  static_cast<unsigned long long>(whole % 60));
  }
  return text;
}

std::string printable(std::string_view text) {
  // escape_bytes doubles backslashes so that it can be undone, which nobody does on a screen.
  std::string result;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find('\\', start), text.size());
    result += escape_bytes(text.substr(start, end - start));
    if (end < text.size()) result += '\\';
    start = end + 1;
  }
  return result;
}

size_t columns(std::string_view text) {
  return text.size() - static_cast<size_t>(std::count_if(text.begin(), text.end(), continues));
}

std::string fit(std::string_view text, size_t width) {
  if (columns(text) <= width) return std::string(text);
  if (width < 3) return std::string(text.substr(0, bytes_of_columns(text, width)));
  return std::string(text.substr(0, bytes_of_columns(text, width - 3))) + "...";
}

std::string pad_left(std::string_view text, size_t width) {
  const size_t used = columns(text);
  return std::string(width > used ? width - used : 0, ' ') + std::string(text);
}

std::string pad_right(std::string_view text, size_t width) {
  const size_t used = columns(text);
  return std::string(text) + std::string(width > used ? width - used : 0, ' ');
}

std::vector<std::string> wrap(std::string_view text, size_t width) {
  width = std::max<size_t>(width, 1);
  std::vector<std::string> lines;
  std::string line;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find(' ', start), text.size());
    std::string_view word = text.substr(start, end - start);
    start = end + 1;
    if (word.empty()) continue;
    if (!line.empty() && columns(line) + 1 + columns(word) > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    while (line.empty() && columns(word) > width) {
      const size_t cut = bytes_of_columns(word, width);
      lines.emplace_back(word.substr(0, cut));
      word.remove_prefix(cut);
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty() || lines.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string styled(std::string_view text, Style style, bool colour) {
  if (!colour || style == Style::plain || text.empty()) return std::string(text);
  static constexpr std::array<const char*, 6> kCodes = {"0", "1", "2", "31", "32", "33"};
  return "\x1b[" + std::string(kCodes[static_cast<size_t>(style)]) + "m" + std::string(text) +
         "\x1b[0m";
}

}  // namespace slim::report
