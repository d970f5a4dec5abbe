// SPDX-License-Identifier: Apache-2.0
// Advice on images and Dockerfiles. A rule speaks only when it is sure of the fact.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "slim/inspect/dockerfile.hpp"
#include "slim/inspect/xray.hpp"

namespace slim::inspect {

enum class Level { note, warning, error };  // ascending; SARIF's names
std::string_view name(Level level);

struct Rule {
  std::string_view id;    // "apt-lists-left": stable
  Level level;
  std::string_view what;  // in one sentence
  std::string_view help;  // the way out
};
const std::vector<Rule>& rules();       // ascending by id
const Rule* find_rule(std::string_view id);

struct Finding {
  const Rule* rule = nullptr;
  std::string message;
  unsigned line = 0;  // of a Dockerfile; 0: of an image
  std::string path;   // in an image; "" if it is about all of it
};

// In the order of lines.
std::vector<Finding> lint(const Dockerfile& file);
// In the order of severity, then of rules.
std::vector<Finding> lint(const Subject& subject, const Xray& xray);

}  // namespace slim::inspect
