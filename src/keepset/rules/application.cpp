// SPDX-License-Identifier: Apache-2.0
// The application's own directory: templates, static files and modules of pages that were not
// asked for. What an interpreter ran from outside the system's directories, or from one that a
// package has for its application (usr/share/NAME), is the application, and what a web server
// served is its content, and what a program looks through outside of these, or where a server is
// started, is what it serves, deploys or plugs in. The directory is kept whole while it is small, which
// people's own work is, else its small files and sources; of a large one what pages are made of.
#include <algorithm>
#include <optional>

#include "keepset/composer.hpp"
#include "keepset/language_names.hpp"
#include "keepset/php_included.hpp"
#include "keepset/python_modules.hpp"
#include "keepset/programs.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// Of an application that is larger than that, templates and the like are kept, and data are not.
constexpr uint64_t kSmallFile = 64u << 10;
constexpr uint64_t kLargestSource = 512u << 10;

// What is kept of an application: the most that is not too much.
enum class Extent { whole, small, pages, sources };
struct Limit {
  Extent extent;
  uint64_t bytes;
  size_t files;
  const char* remark;
};
constexpr Limit kLimits[] = {
    {Extent::whole, 4u << 20, 2000, ""},
    {Extent::small, 4u << 20, 2000, ", and sources and small files"},
    {Extent::pages, 24u << 20, 8000, ", and sources, templates, styles and small pictures"},
    {Extent::sources, 24u << 20, 8000, ", and sources"}};

// What is below a web server's root is there to be asked for, styles and scripts of every page: an
// application there is kept as long as it is no archive.
constexpr uint64_t kServedBytes = 128u << 20;
constexpr size_t kServedFiles = 20000;
constexpr std::string_view kWebRoots[] = {"var/www", "srv", "usr/share/nginx/html",
                                          "usr/share/caddy", "usr/local/apache2/htdocs"};
constexpr std::string_view kSources[] = {".py",  ".js",      ".mjs",   ".cjs", ".rb",  ".php",
                                         ".pl",  ".pm",      ".psgi",  ".cgi", ".lua", ".tcl",
                                         ".erl", ".escript", ".ex",    ".exs", ".R",   ".r",
                                         ".scm", ".inc",     ".phtml", ".ru",  ".rake"};
// What pages are made of, and settings; other endings are of data as well.
constexpr std::string_view kPages[] = {
    ".html", ".htm",  ".xhtml",   ".erb",      ".haml",   ".slim",  ".ejs",      ".pug",  ".hbs",
    ".tpl",  ".tmpl", ".j2",      ".jinja",    ".jinja2", ".mako",  ".tt",       ".ep",   ".mt",
    ".rsb",  ".twig", ".builder", ".jbuilder", ".liquid", ".latte", ".mustache", ".css",  ".scss",
    ".less", ".svg",  ".png",     ".gif",      ".jpg",    ".ico",   ".webp",     ".woff", ".woff2",
    ".ttf",  ".yml",  ".yaml",    ".toml",     ".ini",    ".po",    ".mo"};
// Directories that belong to the distribution or that hold anything. Not all of /usr: many images
// have their application in /usr/src/app or /usr/app.
constexpr std::string_view kSystem[] = {
    "bin/",        "boot/",   "dev/",       "etc/",      "lib/",       "lib32/",   "lib64/",
    "proc/",       "run/",    "sbin/",      "sys/",      "tmp/",       "usr/bin/", "usr/games/",
    "usr/include", "usr/lib", "usr/local/", "usr/sbin/", "usr/share/", "var/lib/", "var/cache/"};
// In it each package has a directory; these hold libraries and what does not belong to one.
constexpr std::string_view kShared = "usr/share/";
constexpr std::string_view kLibraries[] = {"R",
                                           "bash-completion",
                                           "doc",
                                           "gdb",
                                           "guile",
                                           "javascript",
                                           "lua",
                                           "man",
                                           "node_modules",
                                           "nodejs",
                                           "pear",
                                           "perl",
                                           "perl5",
                                           "php",
                                           "python",
                                           "python3",
                                           "ruby",
                                           "rubygems-integration",
                                           "tcl",
                                           "tcltk"};
// Directories of an installed application that are not asked for, and texts in other languages,
// which have rules of their own.
constexpr std::string_view kNotParts[] = {
    "doc",    "docs",    "examples", "i18n",         "installer", "lang", "languages",
    "locale", "locales", "po",       "localization", "setup",     "test", "tests"};
// Installed packages have rules of their own; so have those of composer.
constexpr std::string_view kForeign[] = {"/node_modules/", "/site-packages/", "/dist-packages/",
                                         "/.git/",         "/__pycache__/",   "/vendor/bundle/",
                                         "/lib/python"};

struct ApplicationState {
  std::set<std::pair<std::string, bool>> directories;  // and whether they were only looked through
  std::set<std::pair<std::string_view, std::string_view>> links;  // in a directory, to an application
};

bool is_source(std::string_view path) { return ends_with_one(path, kSources); }

bool is_foreign(const Index& index, std::string_view path) {
  const std::string slashed = absolute(path) + "/";
  if (!composer_vendor_of(index, slashed.substr(1)).empty()) return true;
  return std::any_of(std::begin(kForeign), std::end(kForeign), [&](std::string_view part) {
    return slashed.find(part) != std::string::npos;
  });
}

bool is_own(const Index& index, std::string_view path) {
  return path != "/" && !is_foreign(index, path) && !starts_with_one(path, kSystem);
}

bool is_below(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

bool is_served(std::string_view directory) {
  return std::any_of(std::begin(kWebRoots), std::end(kWebRoots), [&](std::string_view root) {
    return directory == root || is_below(directory, root);
  });
}

// usr/share/NAME; empty for what is in none, and for libraries.
std::string_view installed_application_of(std::string_view path) {
  if (!path.starts_with(kShared)) return {};
  const std::string_view name = path.substr(kShared.size());
  const size_t end = name.find('/');
  if (end == std::string_view::npos || is_one_of(name.substr(0, end), kLibraries)) return {};
  return path.substr(0, kShared.size() + end);
}

bool is_installed(std::string_view directory) { return directory.starts_with(kShared); }

// Scripts of pages are read by browsers' servers, too.
bool is_for_browsers(std::string_view path) {
  return path.ends_with(".js") || path.ends_with(".mjs");
}

Result<bool> is_run(Marker& marker, const IndexEntry& entry) {
  SLIM_TRY(const bool php, is_php_source(marker, entry));
  if (php) return php_is_used(marker, entry);
  return is_source(entry.path) && (python_ran(marker, entry) || marker.executed(entry));
}

// A directory that the image's config names, below which the file is: one of its own, or one that
// is deep enough in the system's to be an application's (var/lib/NAME).
std::string given_directory_of(Marker& marker, std::string_view path) {
  constexpr size_t kDeep = 3;
  for (const std::string& directory : marker.config_directories()) {
    if (directory.empty() || !is_below(path, directory) || is_foreign(marker.index(), path))
      continue;
    if (is_own(marker.index(), directory + "/") || components(directory).size() >= kDeep)
      return directory;
  }
  return {};
}

// The directory of the application that a file belongs to; empty if it belongs to none.
Result<std::string> directory_of(Marker& marker, const IndexEntry& entry) {
  const std::string_view path = entry.path;
  for (const std::string_view root : kWebRoots) {
    // A web server's root may be linked from elsewhere; below it the first level is a site.
    if (is_below(path, root) && marker.opened(entry)) return std::string(root);
  }
  std::string directory = given_directory_of(marker, path);
  if (directory.empty() && is_own(marker.index(), path))
    directory = import_root(marker.index(), path);
  if (directory.empty() && !(is_for_browsers(path) && !marker.executed(entry)))
    directory = installed_application_of(path);
  const auto& done = marker.state<ApplicationState>().directories;
  if (directory.empty() || done.contains({directory, false})) return std::string();
  SLIM_TRY(const bool run, is_run(marker, entry));
  return run ? directory : std::string();
}

// The language that a path below an application is of, "en" of lang/en/page.txt and lang/en.php: what
// stands behind a directory of those that are no parts; none if there is none.
std::optional<std::string_view> language_of(std::string_view within) {
  const auto parts = components(within);
  for (size_t i = 0; i + 1 < parts.size(); ++i)
    if (is_one_of(parts[i], kNotParts)) return parts[i + 1].substr(0, parts[i + 1].find('.'));
  return std::nullopt;
}

// `for_browsers`: whether scripts that browsers may run are the application's as well.
bool is_within(const IndexEntry& entry, Extent extent, bool for_browsers) {
  const bool source = is_source(entry.path) && entry.size <= kLargestSource;
  switch (extent) {
    case Extent::whole:
      return true;
    case Extent::small:
      return source || entry.size <= kSmallFile;
    case Extent::pages:
      return source || (entry.size <= kSmallFile && ends_with_one(entry.path, kPages));
    default:
      return source && (for_browsers || !is_for_browsers(entry.path));
  }
}

// A file of an application, and where that finds it, below its directory.
struct OwnFile {
  const IndexEntry* entry;
  std::string within;
};

// What is below a directory. An installed application has those of its parts that are for the site to
// change elsewhere, in directories of its name: usr/share/NAME/plugins -> /var/lib/NAME/plugins.
std::vector<OwnFile> parts_of(const Index& index, const std::string& directory) {
  std::vector<OwnFile> parts;
  const auto add_below = [&](const std::string& place, const std::string& within) {
    for (const IndexEntry* below : index.below(place))
      parts.push_back({below, join_path(within, below->path.substr(place.size() + 1))});
  };
  add_below(directory, "");
  if (!is_installed(directory)) return parts;
  const std::string_view names[] = {name_of(directory)};
  for (size_t i = 0, own = parts.size(); i < own; ++i) {
    if (!is_symlink(*parts[i].entry)) continue;
    const rootfs::Resolution found = index.resolve(parts[i].entry->path);
    if (found.outcome != rootfs::Resolution::Outcome::found || !is_directory(*found.entry)) continue;
    const std::string& place = found.entry->path;
    const std::string within = parts[i].within;  // parts move when they become more
    if (has_component(parent_of(place), names) && !is_below(place, directory)) add_below(place, within);
  }
  return parts;
}

// Takes out of an installed application's parts what is not asked for, and texts in other languages than
// those that the run read: of what it did not use (plug-ins), those will be read as well.
void take_out(const Marker& marker, std::vector<OwnFile>& parts) {
  std::set<std::string, std::less<>> read;
  for (const OwnFile& part : parts)
    if (const auto language = language_of(part.within);
        language && is_language(*language) && is_file(*part.entry) && marker.opened(*part.entry))
      read.emplace(*language);
  std::erase_if(parts, [&](const OwnFile& part) {
    const auto language = language_of(part.within);
    return language && !read.contains(*language);
  });
}

// What is the application's own of its parts, up to the limit; nothing if it is more.
std::vector<OwnFile> own_files(const std::vector<OwnFile>& parts, const Limit& limit, bool for_browsers) {
  std::vector<OwnFile> files;
  uint64_t bytes = 0;
  for (const OwnFile& below : parts) {
    if (is_file(*below.entry)) {
      if (!is_within(*below.entry, limit.extent, for_browsers)) continue;
      bytes += below.entry->size;
    } else if (limit.extent > Extent::small) {
      continue;
    }
    files.push_back(below);
    if (bytes > limit.bytes || files.size() > limit.files) return {};
  }
  return files;
}

// As much of a directory as is not too much.
std::vector<OwnFile> most_of(const Marker& marker, const std::string& directory,
                             const IndexEntry& used, const Limit*& chosen) {
  // What is only looked through may be data.
  const bool looked_through = is_directory(used);
  const bool served = !looked_through && is_served(directory);
  auto parts = parts_of(marker.index(), directory);
  if (is_installed(directory)) take_out(marker, parts);
  std::erase_if(parts, [&](const OwnFile& part) { return is_foreign(marker.index(), part.entry->path); });
  for (const Limit& each : kLimits) {
    if (looked_through && each.extent > Extent::small) break;
    chosen = &each;
    Limit limit = each;
    if (served) {
      limit.bytes = kServedBytes;
      limit.files = kServedFiles;
    }
    auto files = own_files(parts, limit, is_for_browsers(used.path));
    if (!files.empty()) return files;
  }
  return {};
}

// tests/x.py, x_test.js, spec/x_spec.rb, conftest.py: what these name, only tests and builds use.
bool is_of_tests(std::string_view within) {
  for (const std::string_view part : components(within)) {
    const std::string_view stem = part.substr(0, part.find('.'));
    for (const std::string_view word : {"test", "tests", "spec", "__tests__", "conftest", "setup"})
      if (stem == word) return true;
    if (stem.starts_with("test_") || stem.ends_with("_test") || stem.ends_with("_spec") ||
        part.find(".test.") != std::string_view::npos ||
        part.find(".spec.") != std::string_view::npos)
      return true;
  }
  return false;
}

// A server that is compiled is in no directory of its application: its pages and settings are where the
// image's config lets it start, and it may not have opened one so far.
bool starts_there(const Marker& marker, const IndexEntry& directory) {
  return marker.config_directories().contains(directory.path) && listens(marker);
}

std::string looked_through_directory(Marker& marker, const IndexEntry& entry) {
  const bool used = marker.listed(entry) || starts_there(marker, entry);
  return used && is_own(marker.index(), entry.path + "/") ? entry.path : std::string();
}

// Whether the file is kept under another name already. Names of one file are kept where they are
// used: that a directory is looked through does not make one of them.
bool is_another_name(const Marker& marker, const IndexEntry& entry) {
  if (entry.link_group == 0) return false;
  const auto peers = marker.index().peers(entry);
  return std::any_of(peers.begin(), peers.end(), [&](const IndexEntry* peer) {
    return peer->path != entry.path && marker.kept(*peer);
  });
}

// A package may have links in a directory of its own (var/lib/NAME) to each page of its application;
// beside one that was used are those to the others.
void keep_links_beside(Marker& marker, const IndexEntry& link) {
  const auto application = [&](const IndexEntry& each) {
    const rootfs::Resolution found = marker.index().resolve(each.path);
    return found.outcome == rootfs::Resolution::Outcome::found
               ? installed_application_of(found.entry->path)
               : std::string_view();
  };
  const std::string_view top = application(link);
  const std::string_view place = parent_of(link.path);
  if (top.empty() || !marker.state<ApplicationState>().links.emplace(place, top).second) return;
  for (const IndexEntry* beside : marker.index().children(place))
    if (is_symlink(*beside) && is_source(beside->path) && application(*beside) == top)
      marker.mark(*beside, {"application", absolute(link.path)});
}

}  // namespace

Result<void> application(Marker& marker, const IndexEntry& entry) {
  if (is_symlink(entry) && is_source(entry.path)) keep_links_beside(marker, entry);
  const bool looked_through = is_directory(entry);
  if (!looked_through && !is_file(entry)) return {};
  std::string directory;
  if (looked_through) {
    directory = looked_through_directory(marker, entry);
  } else {
    SLIM_TRY(directory, directory_of(marker, entry));
  }
  if (directory.empty()) return {};
  if (!marker.state<ApplicationState>().directories.emplace(directory, looked_through).second)
    return {};
  const Limit* limit = nullptr;
  const auto files = most_of(marker, directory, entry, limit);
  if (!looked_through && (files.empty() || limit->extent != Extent::whole))
    marker.warn(absolute(directory) + " is large; of it only what the run used is kept" +
                (files.empty() ? "" : limit->remark) + " (see --keep)");
  for (const auto& [below, within] : files) {
    if (looked_through && is_another_name(marker, *below)) continue;
    if (!looked_through && is_file(*below) && !is_of_tests(within)) marker.note_own(*below);
    marker.mark(*below, {"application", absolute(entry.path)});
  }
  return {};
}

}  // namespace slim::keepset::rules
