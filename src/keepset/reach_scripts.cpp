// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <vector>

#include "keepset/languages.hpp"
#include "keepset/reach.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"
#include "slim/trace/call_evidence.hpp"

namespace slim::keepset {
namespace {

constexpr uint64_t kLargestScript = 8u << 20;

// Files that hold scripts in ways that nobody here reads.
constexpr std::string_view kOpaque[] = {".egg", ".jsc", ".phar", ".pyz"};

// Directories whose next component is the name of a package, maybe after that of a version.
constexpr std::string_view kPackages[] = {"dist-packages", "gems",  "node_modules",
                                          "nodejs",        "perl5", "php",
                                          "site-packages", "vendor_ruby"};

bool is_package_directory(std::string_view name) {
  return is_one_of(name, kPackages);
}

// Python looks for compiled code in that directory only if the source is there, too.
bool is_opaque(std::string_view path) {
  if (path.ends_with(".pyc")) return path.find("/__pycache__/") == std::string_view::npos;
  return ends_with_one(path, kOpaque);
}

bool is_text(const Language& language) { return language.scripts == Language::Scripts::text; }

// The languages of all programs that were run; empty if one is of none whose scripts are text.
std::vector<const Language*> languages_of(const trace::Trace& trace) {
  std::vector<const Language*> found;
  for (const trace::ExecUse& exec : trace.execs) {
    const Language* language = language_of_program(name_of(exec.file));
    if (language == nullptr || !is_text(*language)) return {};
    found.push_back(language);
  }
  return found;
}

// Scripts that are no part of the image, on a volume, are scripts that nobody has read.
bool runs_foreign_scripts(const trace::Trace& trace, const std::vector<const Language*>& languages) {
  return std::any_of(trace.files.begin(), trace.files.end(), [&](const auto& file) {
    return !file.second.on_rootfs &&
           std::any_of(languages.begin(), languages.end(), [&](const Language* language) {
             return language->has_script(file.first);
           });
  });
}

}  // namespace

std::string_view script_package_of(std::string_view path) {
  auto parts = split(path, '/');
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    if (!is_package_directory(parts[i])) continue;
    ++i;
    const bool is_more = i + 1 < parts.size();
    const bool is_version = parts[i].find_first_not_of("0123456789.") == std::string_view::npos;
    if (is_more && (is_version || parts[i].starts_with('@'))) ++i;
    std::string_view name = parts[i];
    if (is_package_directory(name) && is_more) {  // gems/3.1.0/gems
      --i;
      continue;
    }
    for (size_t at = name.find('-'); at != std::string_view::npos; at = name.find('-', at + 1)) {
      if (at + 1 < name.size() && name[at + 1] >= '0' && name[at + 1] <= '9')
        return name.substr(0, at);  // rack-2.2.4
    }
    for (const Language& language : languages())
      if (is_text(language) && language.has_script(name)) return name.substr(0, name.rfind('.'));
    return name;
  }
  return {};
}

bool is_installed(std::string_view path) {
  for (const std::string_view directory :
       {"bin/", "etc/", "lib/", "lib64/", "sbin/", "usr/local/lib/", "usr/local/share/", "var/lib/"})
    if (path.starts_with(directory)) return true;
  return path.starts_with("usr/") && !path.starts_with("usr/local/");
}

bool is_in_system(std::string_view path) {
  // Filesystem Hierarchy Standard, 3.2.
  constexpr std::string_view kSystem[] = {"bin",  "boot", "dev", "etc",  "lib", "lib32", "lib64", "libx32",
                                          "proc", "root", "run", "sbin", "sys", "tmp",   "usr",   "var"};
  return is_one_of(path.substr(0, path.find('/')), kSystem);
}

std::set<std::string> identifiers_of(std::string_view text) {
  std::set<std::string> found;
  size_t before = std::string_view::npos;  // where the identifier begins that this one is a part of
  for (size_t begin = 0; begin < text.size();) {
    if (!is_word_byte(text[begin])) {
      ++begin;
      continue;
    }
    size_t end = begin;
    while (end < text.size() && is_word_byte(text[end])) ++end;
    found.emplace(text.substr(begin, end - begin));
    if (before != std::string_view::npos) found.emplace(text.substr(before, end - before));
    const std::string_view rest = text.substr(end, 2);
    const bool is_joint = rest.starts_with('.') || rest.starts_with(':');
    const size_t joint = rest == "::" ? 2 : (is_joint ? 1 : 0);
    before = joint > 0 ? begin : std::string_view::npos;
    begin = end + std::max<size_t>(joint, 1);
    if (begin < text.size() && !is_word_byte(text[begin])) before = std::string_view::npos;
  }
  return found;
}

// Python's way to rename a file that is named like its way to change a string; strings and times are
// replaced with more than one argument, or with named ones.
bool replaces_files(std::string_view text) {
  constexpr std::string_view kCall = ".replace(";
  for (size_t at = text.find(kCall); at != std::string_view::npos; at = text.find(kCall, at)) {
    int depth = 1;
    bool is_one = true;
    for (at += kCall.size(); at < text.size() && depth > 0 && is_one; ++at) {
      depth += (text[at] == '(') - (text[at] == ')');
      is_one = text[at] != '=' && (text[at] != ',' || depth > 1);
    }
    if (is_one && depth == 0) return true;
  }
  return false;
}

bool is_of_application(const Marker& marker, const IndexEntry& file) {
  return script_package_of(file.path).empty() && (!is_installed(file.path) || marker.own(file));
}

Result<std::optional<ScriptWords>> script_words(Marker& marker) {
  const auto languages = languages_of(marker.trace());
  if (languages.empty() || runs_foreign_scripts(marker.trace(), languages))
    return std::optional<ScriptWords>();
  const auto is_script = [&](std::string_view path) {
    return std::any_of(languages.begin(), languages.end(),
                       [&](const Language* each) { return each->has_script(path); });
  };

  // What is the image's own, settings included: scripts do what they are told there, too.
  std::string own;
  bool has_script = false;
  std::map<std::string_view, std::vector<const IndexEntry*>> packages;
  for (const auto& [path, reasons] : marker.kept_paths()) {
    const IndexEntry* entry = marker.index().find(path);
    if (entry == nullptr || !is_file(*entry)) continue;
    if (is_opaque(path)) return std::optional<ScriptWords>();
    const std::string_view package = script_package_of(path);
    if (entry->size > kLargestScript) {
      if (is_script(path)) return std::optional<ScriptWords>();
      continue;
    }
    if (!package.empty() && is_script(path)) packages[package].push_back(entry);
    if (!is_of_application(marker, *entry)) continue;
    SLIM_TRY(const std::string_view text, marker.content(*entry));
    if (text.find('\0') != std::string_view::npos) continue;
    own.append(text).append("\n");
    has_script |= is_script(path);
  }
  if (!has_script) return std::optional<ScriptWords>();

  ScriptWords found;
  found.built_in = std::any_of(languages.begin(), languages.end(),
                               [](const Language* each) { return each->built_in; });
  const bool has_python =
      std::any_of(languages.begin(), languages.end(),
                  [](const Language* each) { return each->interpreter == "python"; });
  const auto read = [&](std::string_view text) {
    found.words.merge(identifiers_of(text));
    if (text.find('`') != std::string_view::npos) found.words.insert("`");
    if (has_python && replaces_files(text)) found.words.insert("replace(to)");
  };
  read(own);
  for (const auto& [package, scripts] : packages) {
    if (!has_word(own, package)) continue;
    for (const IndexEntry* script : scripts) {
      SLIM_TRY(const std::string_view text, marker.content(*script));
      read(text);
    }
  }
  return std::optional(std::move(found));
}

}  // namespace slim::keepset
