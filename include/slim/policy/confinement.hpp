// SPDX-License-Identifier: Apache-2.0
// What a container can be held to besides its system calls, judged by a trace: capabilities(7),
// user, a read-only root file system with the directories that have to stay writable, and
// no_new_privs (Documentation/userspace-api/no_new_privs.rst).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "slim/trace/trace.hpp"

namespace slim::policy {

// What an image has at a path, every symlink followed.
struct ImageEntry {
  bool exists = false;
  std::string path;  // absolute, without the symlinks that were followed, also when nothing is there
  uint32_t uid = 0, gid = 0, mode = 0;
  bool elevates = false;  // executing it gives privileges: set-user-ID, set-group-ID, capabilities
  bool dangling = false;  // does not exist, but a symlink of that name does
  std::vector<std::string> insists_on;  // CAP_*: where they cannot be had, executing it fails
  bool directory = false;
};
using ImageLookup = std::function<ImageEntry(const std::string& path)>;

struct ConfinementInput {
  ImageLookup image;                      // unset: the image is not at hand
  std::vector<std::string> capabilities;  // of the traced run (CAP_*)
  std::optional<uint32_t> uid;            // the traced run began as; unset: unknown
  std::vector<std::string> volumes;       // declared by the image, or mounted by the user
  bool own_network = true;                // as opposed to --network host
  std::set<std::string> commands;         // as in SeccompChoices
};

struct CapabilityUse {
  std::string name;  // CAP_*
  // The kernel reported the check and that it granted it; otherwise the capability follows from
  // system calls that may have needed it.
  bool observed = false;
  std::string reason;
  friend bool operator==(const CapabilityUse&, const CapabilityUse&) = default;
};

struct WritablePath {
  enum class Kind {
    tmpfs,   // nothing of what the image has below it was used: an empty file system will do
    seeded,  // has to begin with the image's content
    volume,  // a volume already
  };
  std::string path;
  Kind kind = Kind::tmpfs;
  // Of the image's directory; unset when the image is not at hand, or for volumes.
  std::optional<uint32_t> uid, gid, mode;
  bool executable = false;            // files made there were mapped or executed: no noexec
  std::vector<std::string> examples;  // some paths that were written, sorted
  friend bool operator==(const WritablePath&, const WritablePath&) = default;
};
std::string_view name(WritablePath::Kind kind);

// The measures, as asked for, applied or found to hold.
struct Measures {
  bool capabilities = false;       // --cap-drop ALL and only those needed
  bool read_only = false;          // --read-only with the writable paths
  bool no_new_privileges = false;  // --security-opt no-new-privileges
  bool any() const { return capabilities || read_only || no_new_privileges; }
  friend bool operator==(const Measures&, const Measures&) = default;
};

struct Confinement {
  std::vector<CapabilityUse> capabilities;  // sorted by name
  bool capabilities_observed = false;       // all of them, by the kernel
  bool root_needed = true;
  std::string root_reason;
  std::vector<WritablePath> writable;     // sorted by path
  std::vector<std::string> elevating;     // executed files that gave privileges
  Measures possible;                      // what speaks nothing against
  std::vector<std::string> notes;         // why something is not possible, or not known
  friend bool operator==(const Confinement&, const Confinement&) = default;
};

// Errs on the side of permitting: a capability that may have been needed is kept.
Confinement confinement(const trace::Trace& trace, const ConfinementInput& input);

// confinement.json: schema_version, capabilities, root, writable, no_new_privileges, notes; and
// what of it was proven to hold when `proven` is given.
std::string to_json(const Confinement& confinement, const std::optional<Measures>& proven);

// Options as docker-run(1) has them for one writable path: "/run:uid=0,gid=0,mode=0755".
std::string tmpfs_option(const WritablePath& path);

}  // namespace slim::policy
