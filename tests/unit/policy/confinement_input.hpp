// SPDX-License-Identifier: Apache-2.0
// Traces and images for the tests of confinement.
#pragma once

#include <initializer_list>
#include <map>
#include <string>

#include "slim/policy/confinement.hpp"

namespace confinement_test {

using slim::policy::ConfinementInput;
using slim::policy::ImageEntry;
using slim::policy::ImageLookup;
namespace trace = slim::trace;

// An image of plain paths; symlinks are spelled out by the test that needs them.
struct FakeImage {
  std::map<std::string, ImageEntry> entries{{"/", {true, "/", 0, 0, 0755, false}}};

  FakeImage& add(const std::string& path, uint32_t mode, uint32_t uid = 0, uint32_t gid = 0) {
    entries[path] = {true, path, uid, gid, mode, (mode & 06000) != 0};
    return *this;
  }
  ImageLookup lookup() const {
    return [copy = entries](const std::string& path) {
      const auto found = copy.find(path);
      return found == copy.end() ? ImageEntry{false, path, 0, 0, 0, false} : found->second;
    };
  }
};

inline trace::Trace calling(std::initializer_list<const char*> calls) {
  trace::Trace made;
  made.architecture = "x86_64";
  made.mount_points = {"/proc", "/dev", "/sys", "/data"};
  for (const char* call : calls) made.syscalls[{"x86_64", call}] = {trace::kStarting, false};
  return made;
}

inline ConfinementInput root_of(const FakeImage& image) {
  ConfinementInput input;
  input.image = image.lookup();
  input.uid = 0;
  input.capabilities = {"CAP_CHOWN",  "CAP_DAC_OVERRIDE",     "CAP_FOWNER", "CAP_FSETID",
                        "CAP_SETUID", "CAP_NET_BIND_SERVICE", "CAP_SETGID", "CAP_NET_RAW",
                        "CAP_KILL",   "CAP_SYS_CHROOT",       "CAP_MKNOD"};
  return input;
}

}  // namespace confinement_test
