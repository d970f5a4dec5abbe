// SPDX-License-Identifier: Apache-2.0
#include "keepset/package_text.hpp"

#include <algorithm>

#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

// The next line with its end; what is left of `text` begins after it.
std::string_view take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  const size_t size = end == std::string_view::npos ? text.size() : end + 1;
  const std::string_view line = text.substr(0, size);
  text.remove_prefix(size);
  return line;
}

std::string_view without_end(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view path_of_sum(std::string_view line) {
  const size_t gap = line.find("  ");
  return gap == std::string_view::npos ? std::string_view{} : line.substr(gap + 2);
}

}  // namespace

std::vector<std::string_view> stanzas(std::string_view text) {
  std::vector<std::string_view> found;
  const char* begin = nullptr;
  const char* end = nullptr;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (trim(without_end(line)).empty()) {
      if (begin != nullptr) found.emplace_back(begin, static_cast<size_t>(end - begin));
      begin = nullptr;
      continue;
    }
    if (begin == nullptr) begin = line.data();
    end = line.data() + line.size();
  }
  if (begin != nullptr) found.emplace_back(begin, static_cast<size_t>(end - begin));
  return found;
}

std::string_view field_of(std::string_view stanza, std::string_view field) {
  while (!stanza.empty()) {
    const std::string_view line = without_end(take_line(stanza));
    if (line.size() > field.size() && line.starts_with(field) && line[field.size()] == ':') {
      return trim(line.substr(field.size() + 1));
    }
  }
  return {};
}

std::string cut_file_list(std::string_view text, const IsLeft& left) {
  std::string result;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (left(without_end(line))) result += line;
  }
  return result;
}

std::string cut_md5sums(std::string_view text, const IsLeft& left) {
  std::string result;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const std::string_view path = path_of_sum(without_end(line));
    if (!path.empty() && left(path)) result += line;
  }
  return result;
}

Diversions parse_diversions(std::string_view text) {
  Diversions diversions;
  while (!text.empty()) {
    const std::string_view from = without_end(take_line(text));
    const std::string_view to = without_end(take_line(text));
    const std::string_view package = without_end(take_line(text));
    diversions.emplace(from, Diversion{std::string(to), package});
  }
  return diversions;
}

std::string cut_diversions(std::string_view text, const IsLeft& left) {
  std::string result;
  while (!text.empty()) {
    const std::string_view from = take_line(text);
    const std::string_view to = take_line(text);
    const std::string_view package = take_line(text);
    if (!left(without_end(from)) && !left(without_end(to))) continue;
    result.append(from).append(to).append(package);
  }
  return result;
}

std::string cut_apk_stanza(std::string_view stanza, const IsLeft& left) {
  std::string result;
  std::string_view directory;
  bool with_directory = true, with_file = true;  // of the lines that follow
  bool in_file = false;
  while (!stanza.empty()) {
    const std::string_view line = take_line(stanza);
    const std::string_view bare = without_end(line);
    const std::string_view value = bare.substr(std::min<size_t>(bare.size(), 2));
    if (line.starts_with("F:")) {
      directory = value;
      in_file = false;
      with_directory = left(directory);
    } else if (line.starts_with("R:")) {
      in_file = true;
      with_file = left(join_path(directory, value));
    }
    if (in_file ? with_file : with_directory) result += line;
  }
  return result;
}

}  // namespace slim::keepset
