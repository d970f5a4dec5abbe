// SPDX-License-Identifier: Apache-2.0
#include "slim/inspect/dockerfile.hpp"

#include "fuzz.hpp"
#include "slim/inspect/lint.hpp"

using namespace slim;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto parsed = inspect::parse_dockerfile(fuzz::text_of(data, size), "Dockerfile");
  if (!parsed) return 0;
  fuzz::hold(!parsed->stages.empty(), "a Dockerfile has a stage");
  fuzz::hold(parsed->ships(parsed->stages.size() - 1), "the last stage ships");
  return 0;
}
