// SPDX-License-Identifier: Apache-2.0
// Run-times of languages that are interpreted, known by the names of their files.
#pragma once

#include <string_view>

namespace slim {

// Whether a program or shared library with this file name is one, whatever its version:
// "python3.11", "libperl.so.5.36"; and not "pythonize". Shells are not among them.
bool is_interpreter(std::string_view file_name);

}  // namespace slim
