// SPDX-License-Identifier: Apache-2.0
// Findings for code scanning services: SARIF 2.1.0 (OASIS standard).
#pragma once

#include <string>
#include <vector>

namespace slim::report {

struct SarifRule {
  std::string id, what, help;
  std::string level;  // "note", "warning" or "error"
};

struct SarifFinding {
  std::string rule, level, message;
  std::string place;  // a file's path, or what else the finding is about, e.g. an image's reference
  unsigned line = 0;  // from 1; 0: of no line
  // What in that place ("80/tcp"), if it has a name that lasts: it then identifies the finding from
  // run to run (section 3.27.17) instead of the message.
  std::string subject{};
};

// One document with a line's end. The same findings have the same partialFingerprints, whatever
// their lines.
std::string to_sarif(const std::string& tool_version, const std::vector<SarifRule>& rules,
                     const std::vector<SarifFinding>& findings);

}  // namespace slim::report
