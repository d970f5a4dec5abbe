// SPDX-License-Identifier: Apache-2.0
#include "slim/trace/trace.hpp"

#include "fuzz.hpp"
#include "slim/policy/ports.hpp"
#include "slim/policy/seccomp.hpp"

using namespace slim;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto trace = trace::from_json(fuzz::text_of(data, size), "trace");
  if (!trace) return 0;
  const auto again = trace::from_json(trace::to_json(*trace), "trace");
  fuzz::hold(again && *again == *trace, "a written trace reads back the same");
  static const auto base = policy::docker_default(policy::docker_default_capabilities());
  const auto profile = policy::seccomp_from_trace(*trace, base);
  fuzz::hold(policy::parse_seccomp(policy::to_json(profile), "profile").has_value(),
             "a profile can be read");
  return 0;
}
