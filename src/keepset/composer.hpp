// SPDX-License-Identifier: Apache-2.0
// The packages that composer installed in a directory, and the classes that its autoloader finds in
// them (getcomposer.org/doc/04-schema.md, "autoload"; www.php-fig.org/psr/psr-4).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "keepset/marker.hpp"
#include "keepset/php_source.hpp"

namespace slim::keepset {

// The directory of composer's packages that a path is in, mostly NAME/vendor; empty if it is in
// none.
std::string composer_vendor_of(const Index& index, std::string_view path);
// The same for the application's own sources: the one whose autoloader serves them.
std::string composer_vendor_for(const Index& index, std::string_view path);

class ComposerVendor {
 public:
  struct Package {
    std::string name;                // vendor/name
    std::string directory;           // index path
    std::vector<std::string> needs;  // names of packages; some are PHP's own parts or virtual
  };

  // Reads vendor/composer/. What is not there or not understood is left out.
  static Result<ComposerVendor> read(Marker& marker, const std::string& vendor);

  const Package* find(const std::string& name) const;
  const Package* package_of(std::string_view path) const;
  // The file of a class, by its full name; null if the autoloader would not find it.
  const IndexEntry* file_of_class(const Index& index, std::string_view name) const;

 private:
  Result<void> read_packages(Marker& marker, const std::string& vendor);

  std::map<std::string, Package> packages_;
  std::map<std::string, std::string, std::less<>> by_directory_;  // names
  std::map<std::string, std::string, std::less<>> classes_;       // and their files
  std::vector<ComposerMapping> psr4_, psr0_;                      // the longest prefix first
};

}  // namespace slim::keepset
