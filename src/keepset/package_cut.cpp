// SPDX-License-Identifier: Apache-2.0
// The package databases of the slim image: those of the original, cut to what is left.
#include <algorithm>
#include <optional>

#include "keepset/package_text.hpp"
#include "keepset/packages.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

constexpr std::string_view kRule = "package-database";
constexpr std::string_view kDpkg = "/var/lib/dpkg";
constexpr std::string_view kApk = "/lib/apk/db/installed";
constexpr std::string_view kRpm[] = {"/var/lib/rpm", "/usr/lib/sysimage/rpm"};

// Of a package of which only this is left, nothing runs.
constexpr std::string_view kDocumentation[] = {"usr/share/doc/",  "usr/share/man/",
                                               "usr/share/info/", "usr/share/lintian/",
                                               "usr/share/bug/",  "usr/share/doc-base/"};

// The paths of a database, looked up among what is kept.
class Kept {
 public:
  explicit Kept(const Marker& marker) : marker_(marker) {}

  // The kept entry that a path names. A list has /lib/x where a merged /usr has usr/lib/x.
  const IndexEntry* find(std::string_view path) {
    while (path.starts_with('/')) path.remove_prefix(1);
    while (path.ends_with('/')) path.remove_suffix(1);
    if (path == ".") path = {};
    const std::string* directory = resolved(parent_of(path));
    if (directory == nullptr) return nullptr;
    const IndexEntry* entry = marker_.index().find(join_path(*directory, name_of(path)));
    return entry != nullptr && marker_.kept(*entry) ? entry : nullptr;
  }

  // Whether the package that has this path is left because of it.
  bool counts(std::string_view path) {
    const IndexEntry* entry = find(path);
    if (entry == nullptr) return false;
    for (const std::string_view prefix : kDocumentation) {
      if (entry->path.starts_with(prefix)) return false;
    }
    if (!is_symlink(*entry)) return !is_directory(*entry);
    const rootfs::Resolution target = marker_.index().resolve(entry->path);
    return target.outcome != rootfs::Resolution::Outcome::found || !is_directory(*target.entry);
  }

 private:
  const std::string* resolved(std::string_view directory) {
    const auto [position, fresh] = directories_.try_emplace(std::string(directory));
    if (fresh) {
      const rootfs::Resolution found = marker_.index().resolve(directory);
      if (found.outcome == rootfs::Resolution::Outcome::found) position->second = found.entry->path;
    }
    return position->second ? &*position->second : nullptr;
  }

  const Marker& marker_;
  std::map<std::string, std::optional<std::string>, std::less<>> directories_;
};

// The entry of a path if it is there and may be rewritten: what the run used is as it was.
const IndexEntry* to_cut(Marker& marker, std::string_view path) {
  const rootfs::Resolution found = marker.index().resolve(path);
  if (found.outcome != rootfs::Resolution::Outcome::found || !is_file(*found.entry)) return nullptr;
  if (!marker.kept(*found.entry)) return found.entry;
  marker.warn(
      std::string(path) +
      " is used or asked for, and so kept whole: it names packages that the slim image lacks");
  return nullptr;
}

Result<std::string> text_of(Marker& marker, std::string_view path) {
  const rootfs::Resolution found = marker.index().resolve(path);
  if (found.outcome != rootfs::Resolution::Outcome::found) return std::string();
  SLIM_TRY(const std::string_view text, marker.text(*found.entry));
  return std::string(text);
}

class DpkgCut {
 public:
  explicit DpkgCut(Marker& marker) : marker_(marker), kept_(marker) {}

  Result<void> cut() {
    const IndexEntry* status = to_cut(marker_, join_path(kDpkg, "status"));
    if (status != nullptr) {
      SLIM_TRY(diversions_text_, text_of(marker_, join_path(kDpkg, "diversions")));
      diversions_ = parse_diversions(diversions_text_);
      SLIM_CHECK(cut_status(*status));
      cut_diversions_file();
    }
    return cut_distroless();
  }

 private:
  const IndexEntry* info(std::string_view package, std::string_view ending) {
    const std::string path = join_path(kDpkg, "info/" + std::string(package) + std::string(ending));
    const rootfs::Resolution found = marker_.index().resolve(path);
    const bool there = found.outcome == rootfs::Resolution::Outcome::found && is_file(*found.entry);
    return there ? found.entry : nullptr;
  }

  // Where the package really has a path of its list.
  std::string diverted(std::string_view path, std::string_view package) const {
    const auto diversion = diversions_.find(path);
    const bool own = diversion == diversions_.end() || diversion->second.package == package;
    return own ? std::string(path) : diversion->second.to;
  }

  Result<void> cut_status(const IndexEntry& status) {
    SLIM_TRY(const std::string text, text_of(marker_, absolute(status.path)));
    // First of all, so that the lists have these directories too.
    marker_.mark_path(join_path(kDpkg, "info"), {std::string(kRule), ""});
    const auto packages = stanzas(text);
    std::string cut;
    size_t left = 0;
    for (const std::string_view stanza : packages) {
      SLIM_TRY(const bool is_left, cut_package(stanza));
      if (!is_left) continue;
      ++left;
      cut.append(stanza).append("\n");
    }
    const std::string what =
        std::to_string(left) + " of " + std::to_string(packages.size()) + " packages";
    marker_.rewrite(status, {std::string(kRule), what}, std::move(cut));
    // What dpkg-query reads beside it: the layout of info/, and foreign architectures.
    for (const std::string_view path : {"info/format", "arch", "updates"}) {
      const rootfs::Resolution found = marker_.index().resolve(join_path(kDpkg, path));
      if (found.outcome != rootfs::Resolution::Outcome::found) continue;
      marker_.mark(*found.entry, {std::string(kRule), what});
    }
    return {};
  }

  // Whether it is left; then its lists are kept, cut. A package without a list is left as well:
  // nobody can tell, and a scanner had better look at one too many.
  Result<bool> cut_package(std::string_view stanza) {
    const std::string name(field_of(stanza, "Package"));
    std::string file = name;
    if (field_of(stanza, "Multi-Arch") == "same") {
      file += ":" + std::string(field_of(stanza, "Architecture"));
    }
    const IndexEntry* list = info(file, ".list");
    if (list == nullptr) return field_of(stanza, "Status").ends_with(" installed");
    SLIM_TRY(const std::string_view text, marker_.text(*list));
    bool is_left = false;
    std::string cut = cut_file_list(text, [&](std::string_view path) {
      const std::string place = diverted(path, name);
      is_left = is_left || kept_.counts(place);
      return kept_.find(place) != nullptr;
    });
    if (!is_left) return false;
    const Reason reason{std::string(kRule), name};
    marker_.rewrite(*list, reason, std::move(cut));
    if (const IndexEntry* sums = info(file, ".md5sums")) {
      SLIM_TRY(const std::string_view sums_text, marker_.text(*sums));
      cut = cut_md5sums(sums_text, [&](std::string_view path) {
        return kept_.find(diverted(absolute(path), name)) != nullptr;
      });
      if (!cut.empty()) marker_.rewrite(*sums, reason, std::move(cut));
    }
    return true;
  }

  void cut_diversions_file() {
    const rootfs::Resolution found = marker_.index().resolve(join_path(kDpkg, "diversions"));
    if (found.outcome != rootfs::Resolution::Outcome::found) return;
    std::string cut = cut_diversions(
        diversions_text_, [&](std::string_view path) { return kept_.find(path) != nullptr; });
    if (!cut.empty()) marker_.rewrite(*found.entry, {std::string(kRule), ""}, std::move(cut));
  }

  // status.d/PACKAGE with one stanza each, and status.d/PACKAGE.md5sums for the list of files.
  Result<void> cut_distroless() {
    const rootfs::Resolution found = marker_.index().resolve(join_path(kDpkg, "status.d"));
    if (found.outcome != rootfs::Resolution::Outcome::found) return {};
    const std::string directory = found.entry->path;
    for (const IndexEntry* stanza : marker_.index().children(directory)) {
      const std::string_view name = name_of(stanza->path);
      if (!is_file(*stanza) || name.ends_with(".md5sums")) continue;
      const Reason reason{std::string(kRule), std::string(name)};
      const IndexEntry* sums = marker_.index().find(stanza->path + ".md5sums");
      if (sums == nullptr) {
        marker_.mark(*stanza, reason);
        continue;
      }
      SLIM_TRY(const std::string_view text, marker_.text(*sums));
      bool is_left = false;
      std::string cut = cut_md5sums(text, [&](std::string_view path) {
        is_left = is_left || kept_.counts(path);
        return kept_.find(path) != nullptr;
      });
      if (!is_left) continue;
      marker_.mark(*stanza, reason);
      marker_.rewrite(*sums, reason, std::move(cut));
    }
    return {};
  }

  Marker& marker_;
  Kept kept_;
  std::string diversions_text_;
  Diversions diversions_;  // views into the text
};

Result<void> cut_apk(Marker& marker) {
  const IndexEntry* installed = to_cut(marker, kApk);
  if (installed == nullptr) return {};
  SLIM_TRY(const std::string_view text, marker.text(*installed));
  Kept kept(marker);
  const auto packages = stanzas(text);
  std::string result;
  size_t left = 0;
  for (const std::string_view stanza : packages) {
    bool is_left = false;
    const std::string cut = cut_apk_stanza(stanza, [&](std::string_view path) {
      is_left = is_left || kept.counts(path);
      return kept.find(path) != nullptr;
    });
    if (!is_left) continue;
    ++left;
    result.append(cut).append("\n");
  }
  const std::string what =
      std::to_string(left) + " of " + std::to_string(packages.size()) + " packages";
  marker.rewrite(*installed, {std::string(kRule), what}, std::move(result));
  // The way to it: apk's directory may be a link to /usr/lib/apk.
  marker.mark_path(kApk, {std::string(kRule), what});
  return {};
}

void warn_of_rpm(Marker& marker) {
  for (const std::string_view path : kRpm) {
    const rootfs::Resolution found = marker.index().resolve(path);
    if (found.outcome != rootfs::Resolution::Outcome::found || !is_directory(*found.entry))
      continue;
    if (!marker.index().below(found.entry->path).empty()) {
      marker.warn(
          std::string(path) +
          ": the database of rpm cannot be cut and is not in the slim image, where scanners "
          "find no package (--keep it to have all that the original had)");
      return;
    }
  }
}

}  // namespace

Result<void> cut_package_databases(Marker& marker) {
  SLIM_CHECK(DpkgCut(marker).cut());
  SLIM_CHECK(cut_apk(marker));
  warn_of_rpm(marker);
  return {};
}

}  // namespace slim::keepset
