// SPDX-License-Identifier: Apache-2.0
// What slim xray found, as text and as JSON.
#pragma once

#include <string>

#include "cli/source.hpp"
#include "slim/inspect/xray.hpp"

namespace slim::cli {

std::string xray_text(const Source& source, const inspect::Xray& xray, unsigned width);
std::string xray_json(const std::string& reference, const Source& source,
                      const inspect::Xray& xray);

}  // namespace slim::cli
