// SPDX-License-Identifier: Apache-2.0
// One named spdlog logger a module, all on stderr. stdout is for results only.
#pragma once

#include <memory>
#include <string>

#include <spdlog/spdlog.h>

namespace slim {

// The logger of a module, e.g. logger("rootfs"); made at first use.
std::shared_ptr<spdlog::logger> logger(const std::string& module);
// For all loggers, present and future.
void set_log_level(spdlog::level::level_enum level);

}  // namespace slim
