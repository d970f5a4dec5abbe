// SPDX-License-Identifier: Apache-2.0
#include "slim/policy/seccomp.hpp"

#include "fuzz.hpp"

using namespace slim;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto profile = policy::parse_seccomp(fuzz::text_of(data, size), "profile");
  if (!profile) return 0;
  const std::string text = policy::to_json(*profile);
  const auto again = policy::parse_seccomp(text, "profile");
  fuzz::hold(again && policy::to_json(*again) == text, "a written profile reads back the same");
  (void)policy::summarise(*profile);
  return 0;
}
