// SPDX-License-Identifier: Apache-2.0
// The import statements of a Python source file (Python language reference, 7.11).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slim::keepset {

struct PythonImport {
  unsigned level = 0;              // leading dots: 0 absolute, 1 this package, 2 the one above ...
  std::string module;              // "a.b", may be empty when level is not 0
  std::vector<std::string> names;  // of `from module import names`; each may be a submodule
  bool deferred = false;           // inside a function: happens when that is called, if ever
  bool fallback = false;           // in an `except` clause, or for another operating system
  bool word = false;               // a string literal of one word, which may name a package
  friend bool operator==(const PythonImport&, const PythonImport&) = default;
};

// Tolerant: what cannot be understood is passed over. Imports for type checkers only
// (`if TYPE_CHECKING:`) are left out.
std::vector<PythonImport> python_imports_of(std::string_view source);

}  // namespace slim::keepset
