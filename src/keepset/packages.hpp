// SPDX-License-Identifier: Apache-2.0
// The package databases of an image: which files belong to which package.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "keepset/marker.hpp"

namespace slim::keepset {

class PackageDatabase {
 public:
  // What the image has of dpkg (info/*.list, with distroless's status.d) and apk, read once for a
  // marker. What cannot be understood is left out.
  static Result<const PackageDatabase*> of(Marker& marker);

  bool empty() const { return packages_.empty(); }
  // The entries of a package; null if there is none of that name.
  const std::vector<const IndexEntry*>* files_of(std::string_view package) const;
  // Names of the packages that own an entry.
  std::vector<std::string> owners(const IndexEntry& entry) const;

 private:
  void add(const Index& index, const std::string& package, std::string_view path);
  Result<void> read_dpkg(Marker& marker);
  Result<void> read_apk(Marker& marker);

  std::map<std::string, std::vector<const IndexEntry*>, std::less<>> packages_;
  std::multimap<const IndexEntry*, std::string> owners_;
};

// Keeps all files of every package of which a file is kept so far.
Result<void> mark_touched_packages(Marker& marker);

// Keeps the databases, rewritten so that they have only the packages of which a file is kept, and
// of those only what is kept: scanners of the slim image then say the truth. Directories and
// documentation do not make a package one that is left. A database that is kept already, because
// the run used it, stays as it is, and rpm's is left out; both with a warning.
Result<void> cut_package_databases(Marker& marker);

}  // namespace slim::keepset
