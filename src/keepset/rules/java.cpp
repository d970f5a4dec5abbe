// SPDX-License-Identifier: Apache-2.0
// A Java virtual machine loads classes, providers and native libraries when it first needs them.
// Its run-time (lib, conf and security) is kept whole; development files and what only draws on
// screens are not, unless used.
#include <algorithm>

#include "keepset/rules.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// For compilers, debuggers, other machines' tools, the kernel (jexec, as a binfmt_misc interpreter)
// and LD_PRELOAD (libjsig.so); used only when the command line or the environment says so, and then
// the run has shown it.
constexpr std::string_view kNotRuntime[] = {"ct.sym",
                                            "src.zip",
                                            "jexec",
                                            "jspawnhelper.debuginfo",
                                            "classlist",
                                            "jrt-fs.jar",
                                            "libdt_socket.so",
                                            "libjdwp.so",
                                            "libjsig.so",
                                            "libjsvml.so",
                                            "libsaproc.so",
                                            "psfontj2d.properties",
                                            "psfont.properties.ja"};
// Native libraries of the desktop module that would bring X11, sound and font libraries with them. Those
// that only calculate stay: servers scale and write images.
constexpr std::string_view kDesktop[] = {"libawt_xawt", "libfontmanager", "libfreetype",
                                         "libjawt",     "libjsound",      "libsplashscreen"};

bool is_desktop_configuration(std::string_view name) {
  return name == "accessibility.properties" || name == "sound.properties" ||
         name == "swing.properties";
}

bool is_runtime(std::string_view name) {
  if (name.ends_with(".jsa") || name.ends_with(".debuginfo") || name.ends_with(".diz"))
    return false;
  const auto is = [&](std::string_view other) { return name == other; };
  const auto starts = [&](std::string_view prefix) { return name.starts_with(prefix); };
  return std::none_of(std::begin(kNotRuntime), std::end(kNotRuntime), is) &&
         std::none_of(std::begin(kDesktop), std::end(kDesktop), starts);
}

// Debian has JAVA_HOME/conf as links into /etc, some of them of directories.
void keep_configuration(Marker& marker, const std::string& path, const Reason& reason) {
  const IndexEntry* directory = marker.mark_path(path, reason);
  if (directory == nullptr) return;
  for (const IndexEntry* below : marker.index().below(directory->path)) {
    if (is_desktop_configuration(name_of(below->path))) continue;
    marker.mark(*below, reason);
    if (!is_symlink(*below)) continue;
    const rootfs::Resolution target = marker.index().resolve(below->path);
    if (target.outcome == rootfs::Resolution::Outcome::found) {
      marker.mark_tree(*target.entry, reason);
    }
  }
}

}  // namespace

Result<void> java_runtime(Marker& marker, const IndexEntry& entry) {
  if (name_of(entry.path) != "libjvm.so") return {};
  // JAVA_HOME/lib/server/libjvm.so, in Java 8 JAVA_HOME/jre/lib/ARCH/server/libjvm.so.
  std::string_view library = parent_of(parent_of(entry.path));
  if (name_of(library) != "lib") library = parent_of(library);
  if (name_of(library) != "lib") return {};
  const Reason reason{"java-runtime", absolute(entry.path)};
  for (const IndexEntry* below : marker.index().below(library)) {
    if (!is_directory(*below) && is_runtime(name_of(below->path))) marker.mark(*below, reason);
  }
  const std::string home(parent_of(library));
  keep_configuration(marker, join_path(home, "conf"), reason);
  keep_configuration(marker, join_path(home, "lib/security"), reason);
  return {};
}

}  // namespace slim::keepset::rules
