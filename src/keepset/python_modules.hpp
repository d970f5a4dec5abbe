// SPDX-License-Identifier: Apache-2.0
// Where Python files are and what belongs to them (Python library reference, importlib; PEP 3147).
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "keepset/marker.hpp"

namespace slim::keepset {

// "a/__pycache__/m.cpython-311.pyc" -> "a/m.py"; empty if it is not cached bytecode.
std::string source_of_bytecode(std::string_view path);
// The bytecode cached for a source file, optimised variants left out.
std::vector<const IndexEntry*> bytecode_of_source(const Index& index, std::string_view path);

// Whether the run executed a source file: read it, or the bytecode cached for it.
bool python_ran(const Marker& marker, const IndexEntry& source);

// The site-packages or dist-packages directory above a path; empty if there is none.
std::string_view site_directory(std::string_view path);
// The directory from which a module file is imported by its full name: the first one upwards that
// is not a package.
std::string import_root(const Index& index, std::string_view path);

// The files of a module by its dotted name below one import root: the packages on the way
// (their __init__.py) and the module itself. Empty if it is not there.
std::vector<const IndexEntry*> module_files(const Index& index, std::string_view root,
                                            std::string_view dotted);

}  // namespace slim::keepset
