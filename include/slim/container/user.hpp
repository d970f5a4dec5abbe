// SPDX-License-Identifier: Apache-2.0
// Whom a container's process runs as.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"

namespace slim::container {

struct User {
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<uint32_t> groups;  // the primary one first, as Docker passes them
  std::string home = "/";
};

// USER[:GROUP], each a name or a number, looked up in the texts of passwd(5) and group(5). The
// supplementary groups are those that list the user, and none when GROUP is given. "" is root.
// Numbers need no entry; a name without one is a `container` error.
Result<User> find_user(const std::string& spec, const std::string& passwd,
                       const std::string& group);
// The same, from /etc/passwd and /etc/group beneath a root file system.
Result<User> find_user_in_root(const Fd& root, const std::string& spec);

}  // namespace slim::container
