// SPDX-License-Identifier: Apache-2.0
// Code that a source in another language hands to an interpreter when it starts that: `perl -e '...'`,
// ["python3", "-c", "..."], `ruby <<EOF`; or a script by its path.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keepset/marker.hpp"

namespace slim::keepset {

struct InlineSource {
  std::string program;               // as written, without its directory: "perl", "python3"
  std::vector<std::string> modules;  // of options that load one: -MPOSIX, -rjson, -m json.tool
  std::string code;
  std::string script;                // or the absolute path of a file
  friend bool operator==(const InlineSource&, const InlineSource&) = default;
};

// Those whose code is literal, in order. Tolerant: what follows a name and does not look like such a
// command is passed over.
std::vector<InlineSource> inline_sources_of(std::string_view source);

// What a rule that reads the application's sources has found, for the languages' own rules.
struct InlineSources {
  std::vector<std::pair<const IndexEntry*, InlineSource>> waiting;
};

}  // namespace slim::keepset
