// SPDX-License-Identifier: Apache-2.0
// What a JavaScript source names of other modules.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slim::keepset {

// The literal module names that it requires or imports. Tolerant.
std::vector<std::string> node_specifiers_of(std::string_view source);

// The literals that can be what a module's name is put after at run time, require('./locale/' +
// name), require('pkg/locale/' + name): paths that end with a slash.
std::vector<std::string> node_directories_of(std::string_view source);

// The files and directories that it names by their place beside itself: join(__dirname, "a", "b"),
// __dirname + "/a", new URL("./a", import.meta.url). Relative; with a slash at the end if something
// that is not literal comes after it.
std::vector<std::string> node_neighbours_of(std::string_view source);

}  // namespace slim::keepset
