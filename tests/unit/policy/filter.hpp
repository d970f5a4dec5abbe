// SPDX-License-Identifier: Apache-2.0
// Compiles a profile as the OCI runtimes do and runs the resulting filter on single calls, so that
// profiles are tested by what they do.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "slim/policy/seccomp.hpp"

namespace slim::policy::test {

class Filter {
 public:
  explicit Filter(const SeccompProfile& profile);

  // The kernel's answer (SECCOMP_RET_*) to a call, by libseccomp's names.
  uint32_t answer(const std::string& call, std::array<uint64_t, 6> args = {},
                  const std::string& arch = "x86_64") const;
  bool allows(const std::string& call, std::array<uint64_t, 6> args = {},
              const std::string& arch = "x86_64") const {
    return answer(call, args, arch) == SECCOMP_RET_ALLOW;
  }
  // The errno of a refused call; -1 if it is not refused with one.
  int error(const std::string& call, std::array<uint64_t, 6> args = {},
            const std::string& arch = "x86_64") const {
    const uint32_t value = answer(call, args, arch);
    return (value & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO
               ? static_cast<int>(value & SECCOMP_RET_DATA)
               : -1;
  }
  // The same for a call as the kernel hands it to the filter.
  uint32_t run(const seccomp_data& data) const;

 private:
  std::vector<sock_filter> program_;
};

}  // namespace slim::policy::test
