// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace slim::container {

// Reads the lines that a log has gained since the last call.
class LogReader {
 public:
  explicit LogReader(std::string path) : path_(std::move(path)) {}
  // Lines without their end. An unfinished one is kept for the next call, unless this is the last
  // call or it has grown long: a regular expression must not run over megabytes.
  std::vector<std::string> new_lines(bool last_call);

 private:
  std::string path_;
  long offset_ = 0;
  std::string partial_;
};

}  // namespace slim::container
