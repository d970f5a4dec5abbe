// SPDX-License-Identifier: Apache-2.0
// What the compiled classes of a Java program say that they do: JAR and WAR files, and single classes.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "keepset/marker.hpp"

namespace slim::keepset {

struct JavaArchive {
  std::set<std::string> names;      // classes that are used, without packages, and their members
  std::set<std::string> commands;   // strings where programs are started, or where that is asked for
  std::set<std::string> libraries;  // strings where native libraries are loaded
  bool draws_text = false;
};

class JavaArchives {
 public:
  // Null for what is none, too large, or a part of the Java machine itself.
  Result<const JavaArchive*> read(Marker& marker, const IndexEntry& entry);

 private:
  std::map<const IndexEntry*, JavaArchive> read_;
  std::optional<std::set<std::string>> machines_;  // the directories of those that ran
};

// JAVA_HOME/lib by the path of libjvm.so; empty for another layout.
std::string_view java_library_of(std::string_view machine);
// Those of the machines that ran.
std::set<std::string> java_libraries(const Marker& marker);

}  // namespace slim::keepset
