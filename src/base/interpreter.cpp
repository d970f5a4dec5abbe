// SPDX-License-Identifier: Apache-2.0
#include "slim/base/interpreter.hpp"

#include <algorithm>
#include <iterator>

namespace slim {
namespace {

constexpr std::string_view kInterpreters[] = {
    "R",       "beam.smp",  "guile",  "java",    "libR", "liblua", "libluajit", "libnode",   "libperl",
    "libphp",  "libpython", "libruby", "lua",    "luajit", "mono",   "mono-sgen", "node",      "nodejs",
    "perl",    "php",       "php-cgi", "php-fpm", "pypy", "python", "ruby",      "tclsh"};

}  // namespace

bool is_interpreter(std::string_view file_name) {
  return std::any_of(
      std::begin(kInterpreters), std::end(kInterpreters), [&](std::string_view interpreter) {
        if (!file_name.starts_with(interpreter)) return false;
        const std::string_view rest = file_name.substr(interpreter.size());
        const size_t version = std::min(rest.find_first_not_of("0123456789.-"), rest.size());
        if (version == rest.size()) return true;
        return version > 0 && rest.substr(version - 1).starts_with(".so");
      });
}

}  // namespace slim
