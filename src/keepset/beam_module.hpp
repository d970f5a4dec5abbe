// SPDX-License-Identifier: Apache-2.0
// What a compiled module of Erlang or Elixir names.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace slim::keepset {

struct BeamModule {
  std::string_view atoms;         // one after another, each behind its length
  std::set<std::string> strings;  // literals: Erlang's lists of characters, Elixir's binaries
};
// Nothing if it is none, or compressed as a whole.
std::optional<BeamModule> beam_module_of(std::string_view bytes);

}  // namespace slim::keepset
