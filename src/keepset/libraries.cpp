// SPDX-License-Identifier: Apache-2.0
#include "keepset/libraries.hpp"

#include <elf.h>

#include <algorithm>

#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

// include files that include each other; ld.so's ldconfig has no limit but ends as files run out.
constexpr unsigned kDeepestInclude = 8;
constexpr size_t kMostDirectories = 1024;

struct Platform {
  uint16_t machine;
  int bits;
  const char* name;     // $PLATFORM, and the middle of musl's file names
  const char* triplet;  // Debian's multiarch directory
  const char* library;  // where other distributions have it
};

constexpr Platform kPlatforms[] = {
    {EM_X86_64, 64, "x86_64", "x86_64-linux-gnu", "lib64"},
    {EM_X86_64, 32, "x86_64", "x86_64-linux-gnux32", "libx32"},
    {EM_386, 32, "i386", "i386-linux-gnu", "lib32"},
    {EM_386, 32, "i686", "i686-linux-gnu", "lib"},
    {EM_AARCH64, 64, "aarch64", "aarch64-linux-gnu", "lib64"},
    {EM_ARM, 32, "armhf", "arm-linux-gnueabihf", "lib"},
    {EM_ARM, 32, "arm", "arm-linux-gnueabi", "lib"},
    {EM_RISCV, 64, "riscv64", "riscv64-linux-gnu", "lib64"},
    {EM_PPC64, 64, "powerpc64le", "powerpc64le-linux-gnu", "lib64"},
    {EM_S390, 64, "s390x", "s390x-linux-gnu", "lib64"},
};

std::vector<const Platform*> platforms_of(const ElfFile& file) {
  std::vector<const Platform*> found;
  for (const Platform& platform : kPlatforms) {
    if (platform.machine == file.machine && platform.bits == file.bits) found.push_back(&platform);
  }
  return found;
}

bool replace_token(std::string& text, std::string_view token, std::string_view value) {
  bool replaced = false;
  for (const std::string& form : {"${" + std::string(token) + "}", "$" + std::string(token)}) {
    for (size_t at = text.find(form); at != std::string::npos;
         at = text.find(form, at + value.size())) {
      text.replace(at, form.size(), value);
      replaced = true;
    }
  }
  return replaced;
}

// The paths that a pattern matches, as glob(3) finds them: component by component, through links.
std::vector<std::string> matches(Marker& marker, const std::string& pattern) {
  std::vector<std::string> paths{"/"};
  for (const std::string_view component : components(pattern)) {
    std::vector<std::string> longer;
    for (const std::string& path : paths) {
      if (component.find_first_of("*?[\\") == std::string_view::npos) {
        longer.push_back(join_path(path, component));
        continue;
      }
      const rootfs::Resolution found = marker.index().resolve(path);
      if (found.outcome != rootfs::Resolution::Outcome::found) continue;
      for (const IndexEntry* child : marker.index().children(found.entry->path)) {
        const std::string_view name = name_of(child->path);
        if (glob_match(component, name)) longer.push_back(join_path(path, name));
      }
    }
    if (longer.size() > kMostDirectories) {
      marker.warn(pattern + " matches more library directories than can be searched");
      return {};
    }
    paths = std::move(longer);
  }
  return paths;
}

void append(std::vector<std::string>& to, const std::vector<std::string>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

Result<const ElfFile*> Libraries::elf(Marker& marker, const IndexEntry& entry) {
  const auto [position, fresh] = parsed_.try_emplace(&entry);
  if (fresh && is_file(entry)) {
    SLIM_TRY(const std::string_view bytes, marker.content(entry));
    position->second = parse_elf(bytes);
  }
  return position->second ? &*position->second : nullptr;
}

std::vector<std::string> Libraries::expand(const std::vector<std::string>& paths,
                                           const IndexEntry& entry, const ElfFile& file) {
  std::vector<std::string> expanded;
  const std::string origin = absolute(parent_of(entry.path));
  for (std::string path : paths) {
    replace_token(path, "ORIGIN", origin);
    if (path.find('$') == std::string::npos) {
      expanded.push_back(path);
      continue;
    }
    // What $LIB and $PLATFORM stand for is compiled into ld.so: each plausible value.
    for (const Platform* platform : platforms_of(file)) {
      for (const std::string& lib : {"lib/" + std::string(platform->triplet),
                                     std::string(platform->library), std::string("lib")}) {
        std::string candidate = path;
        replace_token(candidate, "LIB", lib);
        replace_token(candidate, "PLATFORM", platform->name);
        expanded.push_back(std::move(candidate));
      }
    }
  }
  return expanded;
}

Result<void> Libraries::read_ld_so_conf(Marker& marker, const std::string& path, unsigned depth) {
  if (depth > kDeepestInclude || !read_configurations_.insert(path).second) return {};
  const rootfs::Resolution found = marker.index().resolve(path);
  if (found.outcome != rootfs::Resolution::Outcome::found) return {};
  SLIM_TRY(const std::string_view view, marker.text(*found.entry));
  const std::string text(view);  // reading an included file ends the view
  for (std::string_view line : lines(text)) {
    line = trim(line.substr(0, line.find('#')));
    const auto parts = words(line);
    if (parts.empty() || parts.front() == "hwcap") continue;
    if (configured_directories_.size() + includes_ > kMostDirectories) {
      marker.warn(path + " names more library directories than can be searched");
      return {};
    }
    if (parts.front() != "include") {
      // "directory" or "directory=TYPE"
      configured_directories_.emplace_back(line.substr(0, line.find('=')));
      continue;
    }
    for (size_t i = 1; i < parts.size(); ++i) {
      ++includes_;
      std::string pattern(parts[i]);
      if (!pattern.starts_with('/')) pattern = join_path(parent_of(path), pattern);
      for (const std::string& candidate : matches(marker, pattern)) {
        SLIM_CHECK(read_ld_so_conf(marker, candidate, depth + 1));
      }
    }
  }
  return {};
}

Result<void> Libraries::read_configuration(Marker& marker) {
  if (configured_) return {};
  configured_ = true;
  SLIM_CHECK(read_ld_so_conf(marker, "/etc/ld.so.conf", 0));
  // musl: /etc/ld-musl-ARCH.path has directories separated by colons or newlines.
  bool musl = false;
  for (const char* directory : {"lib", "usr/lib"}) {
    for (const IndexEntry* entry : marker.index().children(directory)) {
      musl = musl || name_of(entry->path).starts_with("ld-musl-");
    }
  }
  if (!musl) return {};
  for (const IndexEntry* entry : marker.index().children("etc")) {
    const std::string_view name = name_of(entry->path);
    if (!name.starts_with("ld-musl-") || !name.ends_with(".path")) continue;
    marker.mark(*entry, {"elf-needed", "/etc/" + std::string(name)});
    SLIM_TRY(const std::string_view text, marker.text(*entry));
    for (const std::string_view line : lines(text)) {
      for (const std::string_view part : split(line, ':')) musl_directories_.emplace_back(part);
    }
  }
  if (musl_directories_.empty()) musl_directories_ = {"/lib", "/usr/local/lib", "/usr/lib"};
  return {};
}

std::vector<std::string> Libraries::default_directories(const ElfFile& file) const {
  std::vector<std::string> directories;
  for (const Platform* platform : platforms_of(file)) {
    for (const std::string& name :
         {"lib/" + std::string(platform->triplet), std::string(platform->library)}) {
      directories.push_back("/" + name);
      directories.push_back("/usr/" + name);
    }
  }
  append(directories, {"/lib", "/usr/lib"});
  return directories;
}

std::vector<std::string> Libraries::directories_for_all(const ElfFile& file) const {
  std::vector<std::string> directories = configured_directories_;
  append(directories, default_directories(file));
  append(directories, musl_directories_);
  return directories;
}

Result<bool> Libraries::finds_for_all(Marker& marker, std::string_view directory,
                                      const ElfFile& file) {
  SLIM_CHECK(read_configuration(marker));
  const std::string_view own = directory.substr(0, directory.find("/glibc-hwcaps/"));
  const auto searched = directories_for_all(file);
  return std::any_of(searched.begin(), searched.end(), [&](const std::string& each) {
    const rootfs::Resolution found = marker.index().resolve(each);
    return found.outcome == rootfs::Resolution::Outcome::found && found.entry->path == own;
  });
}

Result<bool> Libraries::fits(Marker& marker, const std::string& path, const ElfFile& wanted) {
  const rootfs::Resolution found = marker.index().resolve(path);
  if (found.outcome != rootfs::Resolution::Outcome::found || !is_file(*found.entry)) return false;
  SLIM_TRY(const ElfFile* file, elf(marker, *found.entry));
  return file != nullptr && file->bits == wanted.bits && file->machine == wanted.machine;
}

Result<std::vector<std::string>> Libraries::find(Marker& marker, const std::string& name,
                                                 const IndexEntry& entry, const ElfFile& file,
                                                 const std::vector<std::string>& inherited) {
  SLIM_CHECK(read_configuration(marker));
  std::vector<std::string> found;
  if (name.find('/') != std::string::npos) {
    // A path is taken as it is, with $ORIGIN replaced.
    for (std::string& path : expand({name}, entry, file)) {
      SLIM_TRY(const bool good, fits(marker, path, file));
      if (good) return std::vector<std::string>{std::move(path)};
    }
    return found;
  }
  std::vector<std::string> directories;
  if (file.runpath.empty()) {
    append(directories, expand(file.rpath, entry, file));
    append(directories, inherited);
  }
  if (const auto variable = marker.environment("LD_LIBRARY_PATH")) {
    for (const std::string_view list : split(*variable, ';')) {
      for (const std::string_view part : split(list, ':')) directories.emplace_back(part);
    }
  }
  append(directories, expand(file.runpath, entry, file));
  if (!file.no_default_directories) append(directories, directories_for_all(file));
  for (const std::string& directory : directories) {
    // Another CPU takes another variant: all of them, and the one for every CPU.
    const rootfs::Resolution variants =
        marker.index().resolve(join_path(directory, "glibc-hwcaps"));
    if (variants.outcome == rootfs::Resolution::Outcome::found) {
      for (const IndexEntry* variant : marker.index().children(variants.entry->path)) {
        const std::string candidate = join_path(absolute(variant->path), name);
        SLIM_TRY(const bool good, fits(marker, candidate, file));
        if (good) found.push_back(candidate);
      }
    }
    const std::string candidate = join_path(directory, name);
    SLIM_TRY(const bool good, fits(marker, candidate, file));
    if (!good) continue;
    found.push_back(candidate);
    break;
  }
  return found;
}

}  // namespace slim::keepset
