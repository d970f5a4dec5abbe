// SPDX-License-Identifier: Apache-2.0
// A command line that has to be accepted, as values.
#pragma once

#include <catch2/catch.hpp>

#include "cli/options.hpp"

namespace slim::cli::test {

inline Options parse(const std::vector<std::string>& arguments) {
  const auto parsed = parse_command_line(arguments);
  INFO((parsed ? std::string() : parsed.error().text()));
  REQUIRE(parsed);
  return parsed->options;
}

}  // namespace slim::cli::test
