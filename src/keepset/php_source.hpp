// SPDX-License-Identifier: Apache-2.0
// What PHP's programs, settings and sources name (php.net: "The configuration file", "Using
// namespaces"), and what composer's autoloader maps.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slim::keepset {

struct PhpSettings {
  std::vector<std::string> extensions;  // of extension and zend_extension, as written
  std::string extension_directory;      // of extension_dir, the last one; empty if there is none
  friend bool operator==(const PhpSettings&, const PhpSettings&) = default;
};

// Of php.ini and its like ("extension = x"), and of a pool of php-fpm
// ("php_admin_value[extension] = x").
PhpSettings php_settings_of(std::string_view text);

// What in a source may be a class: every word with a namespace before it or a capital at its
// start, without the leading backslash. Tolerant: comments and strings count, as those name classes
// too, and a name that is none maps to nothing.
std::set<std::string> php_names_of(std::string_view source);

// The argument of include, require or their like, in parts that "." puts together.
struct PhpInclude {
  struct Part {
    enum class Kind { text, name, unknown } kind = Kind::text;  // name: of a constant
    std::string text;
    friend bool operator==(const Part&, const Part&) = default;
  };
  // How many directories above the source's the path begins: 0 for __DIR__ and dirname(__FILE__).
  // -1 if it says neither.
  int above = -1;
  std::vector<Part> parts;
  friend bool operator==(const PhpInclude&, const PhpInclude&) = default;
};
std::vector<PhpInclude> php_includes_of(std::string_view source);

// The constants that a source defines as strings: define('NAME', 'x'), const NAME = 'x'.
std::map<std::string, std::string, std::less<>> php_constants_of(std::string_view source);

// A line of composer's autoload_psr4.php, autoload_namespaces.php or autoload_classmap.php: a
// prefix or class, and the paths that it is mapped to.
struct ComposerMapping {
  std::string name;
  std::vector<std::string> paths;
  friend bool operator==(const ComposerMapping&, const ComposerMapping&) = default;
};
// `vendor` takes the place of $vendorDir, the directory above it that of $baseDir.
std::vector<ComposerMapping> composer_mappings_of(std::string_view text, std::string_view vendor);

}  // namespace slim::keepset
