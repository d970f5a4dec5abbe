// SPDX-License-Identifier: Apache-2.0
#include "container/environment.hpp"

#include <stdlib.h>

#include <algorithm>
#include <optional>

#include "slim/base/file.hpp"

namespace slim::container {

namespace {

constexpr const char* kDefaultPath =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// Editors put it first in a file; Docker passes over it, too.
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string_view key_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

bool has_value(std::string_view entry) { return entry.find('=') != std::string_view::npos; }

// A list in which a later setting replaces an earlier one in place, and a bare key removes it.
class Environment {
 public:
  void set(const std::string& entry) {
    const auto place = find(key_of(entry));
    if (!has_value(entry)) {
      if (place != entries_.end()) entries_.erase(place);
    } else if (place != entries_.end()) {
      *place = entry;
    } else {
      entries_.push_back(entry);
    }
  }
  bool has(std::string_view key) { return find(key) != entries_.end(); }
  std::vector<std::string> take() { return std::move(entries_); }

 private:
  std::vector<std::string>::iterator find(std::string_view key) {
    return std::find_if(entries_.begin(), entries_.end(),
                        [&](const auto& entry) { return key_of(entry) == key; });
  }
  std::vector<std::string> entries_;
};

// "K" takes its value from the host's environment; unset there, it stays bare and removes.
Result<std::string> with_value(const std::string& entry, const std::string& origin) {
  const auto key = key_of(entry);
  if (key.empty()) return fail(ErrorCode::usage, origin + ": no variable name in '" + entry + "'");
  if (key.find_first_of(" \t") != std::string_view::npos)
    return fail(ErrorCode::usage,
                origin + ": variable '" + std::string(key) + "' contains white space");
  if (has_value(entry)) return entry;
  const char* value = ::getenv(entry.c_str());
  return value == nullptr ? entry : entry + "=" + value;
}

Result<void> add_file(const std::string& path, std::vector<std::string>& entries) {
  const auto text = read_file(path);
  if (!text) return tl::unexpected<Error>(Error(text.error()).as(ErrorCode::usage));
  std::string_view rest = *text;
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.empty() || line.front() == '#') continue;
    SLIM_TRY(std::string entry, with_value(std::string(line), path));
    entries.push_back(std::move(entry));
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> environment(const image::ImageConfig& config,
                                             const RunOptions& options,
                                             const std::string& hostname,
                                             const std::string& home) {
  std::vector<std::string> wanted;
  for (const auto& path : options.env_files) SLIM_CHECK(add_file(path, wanted));
  for (const auto& entry : options.env) {
    SLIM_TRY(std::string set, with_value(entry, "--env"));
    wanted.push_back(std::move(set));
  }
  Environment result;
  result.set(kDefaultPath);
  result.set("HOSTNAME=" + hostname);
  for (const auto& entry : config.env) result.set(entry);
  for (const auto& entry : wanted) result.set(entry);
  if (!result.has("HOME")) result.set("HOME=" + home);
  return result.take();
}

}  // namespace slim::container
