// SPDX-License-Identifier: Apache-2.0
// How long work reports how far it is. `report` draws it; modules only call it.
#pragma once

#include <cstdint>
#include <string_view>

namespace slim {

class Progress {
 public:
  virtual ~Progress() = default;
  // `done` of `total` bytes (0: unknown) of the current phase, `files` so far. Cheap, any thread.
  virtual void advance(uint64_t done, uint64_t total, uint64_t files) = 0;
};

}  // namespace slim
