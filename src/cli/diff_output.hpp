// SPDX-License-Identifier: Apache-2.0
// The differences of two images as lines and as JSON.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "slim/inspect/diff.hpp"

namespace slim::cli {

// "~ /etc/passwd  mode 0644 -> 0600, content 1.2 kB -> 1.3 kB", with the line's end.
std::string diff_line(const inspect::FileChange& change);
std::string diff_line(const inspect::ConfigChange& change);

// An entry's attributes; binary values as hexadecimal digits.
nlohmann::ordered_json to_json(const rootfs::IndexEntry& entry);
nlohmann::ordered_json to_json(const inspect::FileChange& change);
nlohmann::ordered_json to_json(const inspect::ConfigChange& change);
nlohmann::ordered_json to_json(const inspect::DiffSummary& summary);

}  // namespace slim::cli
