// SPDX-License-Identifier: Apache-2.0
// Installed distributions by the metadata beside their modules (packaging.python.org, "Recording
// installed projects"): NAME-VERSION.dist-info or .egg-info, a directory or a file.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "keepset/marker.hpp"

namespace slim::keepset {

// "PyYAML" and "py-yaml" as modules and distributions are compared: PEP 503, with '_' for '-'.
std::string python_normalised(std::string_view name);

class PythonSites {
 public:
  // The metadata of the distributions that a top-level module of a site-packages directory is of.
  Result<std::vector<const IndexEntry*>> metadata_of(Marker& marker, std::string_view directory,
                                                     std::string_view module);
  // The top-level modules of a distribution there, by its name.
  Result<std::set<std::string>> modules_of(Marker& marker, std::string_view directory,
                                           std::string_view distribution);

 private:
  struct Site {
    std::multimap<std::string, const IndexEntry*> by_module;  // top-level module -> metadata
    std::multimap<std::string, std::string> modules;          // distribution -> top-level modules
  };
  Result<const Site*> site(Marker& marker, std::string_view directory);

  std::map<std::string, Site> sites_;
};

// What a distribution's metadata says about others and about programs.
struct PythonDistribution {
  std::set<std::string> needs;  // distributions it cannot be without (core metadata,
                                // Requires-Dist; requires.txt of an .egg-info)
  std::map<std::string, std::string> programs;  // console_scripts: name -> "module"
};
Result<PythonDistribution> python_distribution(Marker& marker, const IndexEntry& metadata);

}  // namespace slim::keepset
