// SPDX-License-Identifier: Apache-2.0
// PAM loads the modules that a service's file names (pam.d(5)), some of them only when a login goes
// another way than the probe's. They come with what they read and run.
#include <cctype>

#include "keepset/libraries.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// The administrator's first, then the distribution's own (pam.d(5)).
constexpr std::string_view kServices[] = {"etc/pam.d", "usr/etc/pam.d", "usr/lib/pam.d"};

// What a module uses: configuration, and helpers that it runs for users who are not root.
struct Needs {
  std::string_view module, path;
};
constexpr Needs kNeeds[] = {{"pam_access.so", "/etc/security/access.conf"},
                            {"pam_env.so", "/etc/security/pam_env.conf"},
                            {"pam_env.so", "/etc/environment"},
                            {"pam_env.so", "/etc/default/locale"},
                            {"pam_faillock.so", "/etc/security/faillock.conf"},
                            {"pam_group.so", "/etc/security/group.conf"},
                            {"pam_limits.so", "/etc/security/limits.conf"},
                            {"pam_limits.so", "/etc/security/limits.d"},
                            {"pam_mkhomedir.so", "/etc/skel"},
                            {"pam_mkhomedir.so", "/sbin/mkhomedir_helper"},
                            {"pam_mkhomedir.so", "/usr/sbin/mkhomedir_helper"},
                            {"pam_motd.so", "/etc/motd"},
                            {"pam_namespace.so", "/etc/security/namespace.conf"},
                            {"pam_pwquality.so", "/etc/security/pwquality.conf"},
                            {"pam_securetty.so", "/etc/securetty"},
                            {"pam_shells.so", "/etc/shells"},
                            {"pam_time.so", "/etc/security/time.conf"},
                            {"pam_unix.so", "/etc/login.defs"},
                            {"pam_unix.so", "/etc/shadow"},
                            {"pam_unix.so", "/sbin/unix_chkpwd"},
                            {"pam_unix.so", "/usr/sbin/unix_chkpwd"}};

void keep_if_there(Marker& marker, const std::string& path, const Reason& reason) {
  const IndexEntry* entry = marker.mark_if_there(path, reason);
  if (entry != nullptr && is_directory(*entry)) marker.mark_tree(*entry, reason);
}

// A module without a path is in the directory that libpam was built with.
void keep_module(Marker& marker, std::string_view module, const Reason& reason) {
  if (module.starts_with('/')) {
    keep_if_there(marker, std::string(module), reason);
  } else {
    for (const std::string_view library : {"lib", "lib64", "usr/lib", "usr/lib64"}) {
      keep_if_there(marker, join_path(join_path(library, "security"), module), reason);
      for (const IndexEntry* below : marker.index().children(library)) {
        if (!is_directory(*below)) continue;
        keep_if_there(marker, join_path(join_path(below->path, "security"), module), reason);
      }
    }
  }
  for (const Needs& needs : kNeeds) {
    if (needs.module == name_of(module)) keep_if_there(marker, std::string(needs.path), reason);
  }
}

void keep_service(Marker& marker, std::string_view name, const Reason& reason) {
  if (name.starts_with('/')) {
    keep_if_there(marker, std::string(name), reason);
    return;
  }
  for (const std::string_view directory : kServices) {
    keep_if_there(marker, join_path(directory, name), reason);
  }
}

// "[-]type control module arguments", control being a word or [value=action ...]; or "@include
// FILE" (Debian). `include` and `substack` take the place of a control.
void follow(Marker& marker, std::string_view line, const Reason& reason) {
  auto parts = words(line.substr(0, line.find('#')));
  if (parts.size() < 2) return;
  if (parts[0] == "@include") {
    keep_service(marker, parts[1], reason);
    return;
  }
  size_t at = 1;
  if (parts[at].starts_with('[')) {
    while (at < parts.size() && !parts[at].ends_with(']')) ++at;
  }
  if (at + 1 >= parts.size()) return;
  if (parts[at] == "include" || parts[at] == "substack") {
    keep_service(marker, parts[at + 1], reason);
  } else {
    keep_module(marker, parts[at + 1], reason);
  }
}

bool is_service(const IndexEntry& entry) {
  return is_file(entry) && is_one_of(parent_of(entry.path), kServices);
}

// Whether a program has the name as a string, or as the end of a longer one that the linker has merged
// it with ("/etc/NAME").
bool has_string(std::string_view bytes, const std::string& name) {
  const std::string ended = name + '\0';
  for (size_t at = bytes.find(ended); at != std::string_view::npos; at = bytes.find(ended, at + 1)) {
    const unsigned char before = at == 0 ? '\0' : static_cast<unsigned char>(bytes[at - 1]);
    if (std::isalnum(before) == 0 && before != '-' && before != '_') return true;
  }
  return false;
}

}  // namespace

Result<void> pam(Marker& marker, const IndexEntry& entry) {
  if (!is_service(entry)) return {};
  const Reason reason{"pam", absolute(entry.path)};
  SLIM_TRY(const std::string_view view, marker.text(entry));
  // A line goes on after a backslash at its end.
  std::string text(view);
  for (size_t at = text.find("\\\n"); at != std::string::npos; at = text.find("\\\n", at)) {
    text.replace(at, 2, " ");
  }
  for (const std::string_view line : lines(text)) follow(marker, line, reason);
  // What a service without a file of its own is answered by.
  keep_service(marker, "other", reason);
  return {};
}

// Who asks PAM does so under its own name, or another that it has built in, if not at once: cron when
// a job's time comes, a server when somebody logs in.
Result<void> pam_program(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || (!marker.executed(entry) && !marker.opened(entry))) return {};
  SLIM_TRY(const ElfFile* file, marker.state<Libraries>().elf(marker, entry));
  if (file == nullptr || !is_one_of("libpam.so.0", file->needed))
    return {};
  const Reason reason{"pam-program", absolute(entry.path)};
  keep_service(marker, name_of(entry.path), reason);
  SLIM_TRY(const std::string_view bytes, marker.content(entry));
  for (const std::string_view directory : kServices) {
    for (const IndexEntry* service : marker.index().children(directory)) {
      if (has_string(bytes, std::string(name_of(service->path)))) marker.mark(*service, reason);
    }
  }
  return {};
}

}  // namespace slim::keepset::rules
