// SPDX-License-Identifier: Apache-2.0
// What can be said of an image without running it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "slim/inspect/layers.hpp"
#include "slim/inspect/secrets.hpp"
#include "slim/inspect/subject.hpp"

namespace slim::inspect {

struct SizedPath {
  std::string path;
  uint64_t bytes = 0;
};

// Files of equal content under several paths that are not hard links of each other.
struct Duplicate {
  uint64_t bytes = 0;  // of one
  std::vector<std::string> paths;  // one a file, ascending
  uint64_t saved_by_links() const { return bytes * (paths.size() - 1); }
};

enum class SpecialKind {
  setuid, setgid,   // executable files
  capabilities,     // file capabilities (security.capability)
  world_writable,   // files, and directories without the sticky bit
  device,
};
std::string_view name(SpecialKind kind);
struct SpecialFile {
  SpecialKind kind = SpecialKind::setuid;
  std::string path;
  std::string detail;  // owner, names of capabilities, device number, "directory"
};

struct User {
  std::string name, home, shell;
  std::string uid, gid;  // as they stand there
  bool can_log_in = false;
};

struct Software {
  std::string system;                 // PRETTY_NAME of os-release
  std::vector<std::string> shells;    // paths
  std::vector<std::string> managers;  // paths of package managers
  std::string package_database;       // "dpkg", "apk", "rpm"; "" if there is none
  uint64_t packages = 0;              // installed ones; 0 for rpm, whose database is not read
  std::vector<User> users;
};

// An instruction of the build, as far as the history tells.
struct Step {
  std::string instruction;  // "RUN"
  std::string text;         // secrets in it are "***"
  int layer = -1;           // the layer that it made; -1: none, or history and layers do not fit
};

struct Xray {
  LayerStory story;
  std::vector<std::string> layer_commands;  // "RUN apt-get ...", one a layer; "" if unknown
  uint64_t files = 0, directories = 0, links = 0, file_bytes = 0;  // as a container sees them
  std::vector<SizedPath> largest_files, largest_directories;
  std::vector<Duplicate> duplicates;  // the most wasteful first
  uint64_t duplicate_bytes = 0;       // of all, beyond one of each
  std::vector<SpecialFile> special;
  std::vector<FoundSecret> secrets;
  std::vector<ConfigSecret> config_secrets;
  Software software;
  std::vector<Step> steps;  // the Dockerfile, as far as it can be told
};

struct XrayOptions {
  size_t top = 10;                  // how many of the largest and of the duplicates to name
  uint64_t duplicate_least = 4096;  // smaller files are not compared
};

// Errors: of opening and reading; `image` for malformed whiteouts; `interrupted`.
Result<Xray> xray(const Subject& subject, const XrayOptions& options);

// The steps as text, with what made a layer in comments.
std::string dockerfile_text(const Xray& xray);

}  // namespace slim::inspect
