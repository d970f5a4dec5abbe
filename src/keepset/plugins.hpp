// SPDX-License-Identifier: Apache-2.0
// Shared objects that a program loads by name while it runs, from a directory of its own: what it does
// with some data, by some protocol, for some user.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "keepset/marker.hpp"
#include "keepset/traits.hpp"

namespace slim::keepset {

class Plugins {
 public:
  using ByName = std::map<std::string, std::vector<const IndexEntry*>, std::less<>>;

  // Directories from which the run loaded one, without those of libraries, which others look for.
  const std::set<std::string>& loaded_from(const Marker& marker);
  // All in such directories, by their names without ".so".
  const ByName& beside_loaded(const Marker& marker);
  // Those and the ones in directories that what ran has built in, by the words that settings may call
  // them: lib90_sieve_plugin.so is "sieve". Without those of languages and libraries that have rules
  // of their own.
  Result<const ByName*> by_word(Marker& marker);

 private:
  std::optional<std::set<std::string>> loaded_from_;
  std::optional<ByName> beside_loaded_, by_word_;
};

// Whether a directory is one of libraries, which programs look for by themselves.
bool has_libraries(std::string_view directory);
// Whether the plugins in a directory have rules of their own.
bool has_own_rules(std::string_view directory);

// The bytes of the files that the run used: what rules may add to it is measured by them.
uint64_t used_bytes(const Marker& marker);

// What keeping a plugin or a program with the libraries it needs adds; nothing if it cannot be loaded,
// as one of these is in no directory that is searched.
Result<std::optional<EntrySet>> added_with(Marker& marker, const IndexEntry& object);
uint64_t bytes_of(const EntrySet& entries);

}  // namespace slim::keepset
