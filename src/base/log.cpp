// SPDX-License-Identifier: Apache-2.0
#include "slim/base/log.hpp"

#include <mutex>

#include <spdlog/sinks/stdout_color_sinks.h>

namespace slim {

std::shared_ptr<spdlog::logger> logger(const std::string& module) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (auto existing = spdlog::get(module)) return existing;
  auto made = spdlog::stderr_color_mt(module);
  made->set_pattern("%^%l%$ [%n] %v");
  made->set_level(spdlog::get_level());
  return made;
}

void set_log_level(spdlog::level::level_enum level) { spdlog::set_level(level); }

}  // namespace slim
