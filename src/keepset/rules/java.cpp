// SPDX-License-Identifier: Apache-2.0
// A Java virtual machine loads classes, providers and native libraries when it first needs them.
// Its run-time (lib, conf and security) is kept whole; development files and what only draws on
// screens are not, unless used, or an archive of classes needs it.
#include <algorithm>

#include "keepset/java_archive.hpp"
#include "keepset/libraries.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
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
// Of these, what writes text into pictures.
constexpr std::string_view kForText[] = {"libfontmanager", "libfreetype"};

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

// What JNI packages of distributions have: the machine looks there by itself (java.library.path).
constexpr std::string_view kNative[] = {"usr/lib/jni", "usr/java/packages/lib"};

std::vector<std::string> native_directories(const Marker& marker) {
  std::vector<std::string> directories(std::begin(kNative), std::end(kNative));
  for (const IndexEntry* child : marker.index().children("usr/lib"))
    if (is_directory(*child)) directories.push_back(join_path(child->path, "jni"));
  return directories;
}

// Which the machine opens by name to learn where the fonts are.
Result<void> keep_font_finder(Marker& marker, const IndexEntry& library, const Reason& reason) {
  auto& libraries = marker.state<Libraries>();
  SLIM_TRY(const ElfFile* file, libraries.elf(marker, library));
  if (file == nullptr) return {};
  SLIM_TRY(const auto paths, libraries.find(marker, "libfontconfig.so.1", library, *file, {}));
  for (const std::string& path : paths) marker.mark_path(path, reason);
  return {};
}

}  // namespace

// Native libraries that archives of classes need: JNI's by name, and the machine's own for texts.
Result<void> java_native(Marker& marker, const IndexEntry& entry) {
  if (!marker.opened(entry) && !marker.own(entry)) return {};
  SLIM_TRY(const JavaArchive* archive, marker.state<JavaArchives>().read(marker, entry));
  if (archive == nullptr) return {};
  const Reason reason{"java-native", absolute(entry.path)};
  if (!archive->libraries.empty())
    for (const std::string& directory : native_directories(marker))
      for (const std::string& name : archive->libraries)
        marker.mark_if_there(join_path(directory, "lib" + name + ".so"), reason);
  if (!archive->draws_text) return {};
  for (const std::string& library : java_libraries(marker)) {
    for (const IndexEntry* child : marker.index().children(library)) {
      if (!starts_with_one(name_of(child->path), kForText)) continue;
      marker.mark(*child, reason);
      SLIM_CHECK(keep_font_finder(marker, *child, reason));
    }
  }
  return {};
}

Result<void> java_runtime(Marker& marker, const IndexEntry& entry) {
  if (name_of(entry.path) != "libjvm.so") return {};
  const std::string_view library = java_library_of(entry.path);
  if (library.empty()) return {};
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
