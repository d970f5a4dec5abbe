// SPDX-License-Identifier: Apache-2.0
// apparmor.d(5).
#include <algorithm>
#include <set>

#include "policy/yaml.hpp"
#include "slim/base/text.hpp"
#include "slim/policy/formats.hpp"

namespace slim::policy {
namespace {

// A path as a quoted rule, its globbing characters taken literally.
std::string rule_path(const std::string& path, const std::string& glob = "") {
  std::string text = "\"";
  for (const char c : path) {
    if (std::string_view("\\\"*?[]{}^@").find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text + glob + "\"";
}

// Control characters cannot be written in a rule.
bool printable(const std::string& path) {
  return std::all_of(path.begin(), path.end(),
                     [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

std::string capability_rules(const Confinement& confinement, const Measures& measures) {
  if (!measures.capabilities) return "  capability,\n";
  std::string rules;
  for (const auto& use : confinement.capabilities) {
    const std::string name = use.name.starts_with("CAP_") ? use.name.substr(4) : use.name;
    rules += "  capability " + lower_case(name) + ",\n";
  }
  return rules;
}

// Socket types are not all known from what was bound or connected, so families are what is allowed.
std::string network_rules(const trace::Trace& trace) {
  std::set<std::string> families = {"unix"};
  for (const auto& use : trace.sockets)
    if (!use.family.starts_with('#')) families.insert(use.family);
  std::string rules;
  for (const auto& family : families) rules += "  network " + family + ",\n";
  return rules;
}

std::string executable_rules(const trace::Trace& trace) {
  std::string rules;
  for (const auto& [path, use] : trace.files)
    if ((use.access & trace::kExecuted) && printable(path))
      rules += "  " + rule_path(path) + " rmix,\n";
  return rules;
}

std::string writable_rules(const Confinement& confinement, const Measures& measures) {
  if (!measures.read_only) return "  /** wkl,\n";
  std::string rules;
  for (const auto& path : confinement.writable)
    if (printable(path.path)) rules += "  " + rule_path(path.path, "/**") + " rwklm,\n" +
                                       "  " + rule_path(path.path, "/") + " rw,\n";
  return rules;
}

}  // namespace

std::string apparmor_profile(const std::string& name, const trace::Trace& trace,
                             const Confinement& confinement, const Measures& measures) {
  return commented("Load with apparmor_parser -r FILE, then run with --security-opt apparmor=" +
                   name + "\nNot proven: made from the same trace as the other policies, but the "
                          "image was not run under it.") +
         "abi <abi/3.0>,\n#include <tunables/global>\n\n"
         "profile " + name + " flags=(attach_disconnected,mediate_deleted) {\n" +
         capability_rules(confinement, measures) + network_rules(trace) + "\n"
         "  # The engine stops the container, which may signal itself.\n"
         "  signal (receive) peer=unconfined,\n"
         "  signal (receive) peer=runc,\n"
         "  signal (receive) peer=crun,\n"
         "  signal (send, receive) peer=" + name + ",\n"
         "  unix peer=(label=" + name + "),\n"
         "  ptrace (read, readby) peer=" + name + ",\n\n"
         "  # The image holds what is needed, and nothing but what is named is executed or written.\n"
         "  / r,\n"
         "  /** rm,\n" +
         executable_rules(trace) + writable_rules(confinement, measures) +
         "  /dev/{null,zero,full,random,urandom,tty,ptmx} rw,\n"
         "  /dev/{pts,shm,mqueue}/** rwkl,\n"
         "  /dev/{stdin,stdout,stderr} rw,\n"
         "  @{PROC}/[0-9]*/** rw,\n"
         "  @{PROC}/self/** rw,\n\n"
         "  deny mount,\n  deny umount,\n  deny pivot_root,\n"
         "  deny @{PROC}/{mem,kmem,kcore,sysrq-trigger} rwklx,\n"
         "  deny @{PROC}/sys/** wklx,\n"
         "  deny /sys/** wklx,\n"
         "}\n";
}

}  // namespace slim::policy
