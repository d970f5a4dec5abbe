// SPDX-License-Identifier: Apache-2.0
// For the tests of what code can do: an image of which one program is run.
#pragma once

#include <catch2/catch.hpp>

#include <string>

#include "unit/keepset/memory_image.hpp"

namespace slim::keepset::test {

// A server that is run: this machine's shell, which starts programs, as a program of that name.
inline MemoryImage run(const std::string& program) {
  MemoryImage image;
  image.host(program, "/bin/bash").executed("/" + program);
  return image;
}

inline bool reaches(const MemoryImage& image, const std::string& call) {
  const auto keep = image.compute();
  REQUIRE(keep);
  REQUIRE(keep->reachable);
  return keep->reachable->contains(call);
}

}  // namespace slim::keepset::test
