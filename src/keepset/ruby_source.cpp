// SPDX-License-Identifier: Apache-2.0
#include "keepset/ruby_source.hpp"

#include <algorithm>

#include "keepset/text.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::keepset {
namespace {

constexpr std::string_view kBlanks = " \t";
// String#unicode_normalize and its like load this themselves, when they are first called.
constexpr std::string_view kNormalizes = "unicode_normalize";
constexpr std::string_view kNormalizer = "unicode_normalize/normalize";
// Digest::MD5 is loaded when it is first named.
constexpr std::string_view kDigest = "Digest::";

bool is_feature(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), is_path_byte);
}

// A literal at the start of `text`; empty if there is none, or if it has parts to be filled in.
std::string_view literal(std::string_view text) {
  if (text.empty() || (text[0] != '"' && text[0] != '\'')) return {};
  const size_t end = text.find(text[0], 1);
  if (end == std::string_view::npos) return {};
  const std::string_view name = text.substr(1, end - 1);
  return is_feature(name) ? name : std::string_view();
}

// The directory of "tilt/#{engine}" at the start of `text`.
std::string_view chosen_from(std::string_view text) {
  if (text.empty() || text[0] != '"') return {};
  const size_t end = text.find("/#{");
  if (end == std::string_view::npos || end == 0) return {};
  const std::string_view directory = text.substr(1, end - 1);
  return is_feature(directory) ? directory : std::string_view();
}

std::string_view skip(std::string_view text, std::string_view bytes) {
  const size_t at = text.find_first_not_of(bytes);
  return at == std::string_view::npos ? std::string_view() : text.substr(at);
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

// The file that a constant is in by convention: "sql_type_metadata" for SQLTypeMetadata.
std::string file_of(std::string_view constant) {
  std::string file;
  for (size_t i = 0; i < constant.size(); ++i) {
    const bool starts =
        i > 0 && is_upper(constant[i]) &&
        (!is_upper(constant[i - 1]) || (i + 1 < constant.size() && !is_upper(constant[i + 1])));
    if (starts && constant[i - 1] != '_') file += '_';
    file += constant[i];
  }
  return lower_case(file);
}

// digest.rb: Digest::SHA256 and the others of its family are in digest/sha2.
void digests(std::string_view line, std::vector<RubyRequire>& out) {
  for (size_t at = line.find(kDigest); at != std::string_view::npos; at = line.find(kDigest, at + 1)) {
    const std::string_view rest = line.substr(at + kDigest.size());
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_word_byte);
    const std::string name = lower_case(rest.substr(0, end - rest.begin()));
    const bool is_sha2 = name == "sha256" || name == "sha384" || name == "sha512";
    if (!name.empty())
      out.push_back({RubyRequire::Kind::feature, "digest/" + (is_sha2 ? std::string("sha2") : name)});
  }
}

// The symbol at the start of `text`, without its colon.
std::string_view symbol(std::string_view text) {
  if (!text.starts_with(':')) return {};
  const auto end = std::find_if_not(text.begin() + 1, text.end(), is_word_byte);
  return text.substr(1, end - text.begin() - 1);
}

// What `keyword` is called with in this line, at each place. autoload's first argument is a
// constant; without a second it is in a file of that name in `directory`.
void calls(std::string_view line, std::string_view keyword, RubyRequire::Kind kind,
           std::string_view directory, std::vector<RubyRequire>& out) {
  for (size_t at = line.find(keyword); at != std::string_view::npos;
       at = line.find(keyword, at + keyword.size())) {
    if (at > 0 && (is_word_byte(line[at - 1]) || line[at - 1] == ':')) continue;
    std::string_view rest = line.substr(at + keyword.size());
    if (rest.empty() || is_word_byte(rest[0])) continue;
    rest = skip(rest, " \t(");
    if (keyword == "autoload") {
      const std::string_view constant = symbol(rest);
      if (constant.empty()) continue;
      const size_t comma = rest.find(',');
      if (comma == std::string_view::npos) {
        out.push_back({RubyRequire::Kind::member, join_path(directory, file_of(constant))});
        continue;
      }
      rest = skip(rest.substr(comma + 1), kBlanks);
    }
    const std::string_view name = literal(rest);
    if (!name.empty()) out.push_back({kind, std::string(name)});
    const std::string_view parts = chosen_from(rest);
    const bool beside = kind == RubyRequire::Kind::relative;
    if (!parts.empty())
      out.push_back({beside ? RubyRequire::Kind::relative_part : RubyRequire::Kind::part,
                     std::string(parts)});
  }
}

// "tilt/erubi" anywhere else: at least two parts, none of them empty or "..".
void named(std::string_view line, std::vector<RubyRequire>& out) {
  for (size_t at = find_one_of(line, "'\""); at != std::string_view::npos;
       at = find_one_of(line, "'\"", at)) {
    const std::string_view name = literal(line.substr(at));
    const size_t end = line.find(line[at], at + 1);
    if (end == std::string_view::npos) return;
    at = end + 1;
    if (name.find('/') == std::string_view::npos || !is_word_byte(name.front())) continue;
    if (name.find("//") != std::string_view::npos || name.find("..") != std::string_view::npos ||
        name.ends_with('/')) {
      continue;
    }
    const RubyRequire found{RubyRequire::Kind::named, std::string(name)};
    const bool known = std::any_of(
        out.begin(), out.end(), [&](const RubyRequire& other) { return other.name == found.name; });
    if (!known) out.push_back(found);
  }
}

bool is_version(std::string_view name) {
  return name.size() >= 3 && name[0] >= '0' && name[0] <= '9' &&
         name.find_first_not_of("0123456789.") == std::string_view::npos;
}

// x86_64-linux, x86_64-linux-gnu, aarch64-linux-musl
bool is_platform(std::string_view name) { return name.find("-linux") != std::string_view::npos; }

}  // namespace

std::vector<RubyRequire> ruby_requires_of(std::string_view source) {
  std::vector<RubyRequire> found;
  bool in_comment = false;
  std::string directory;  // of the block around the line: autoload_under "relation" do
  for (const std::string_view whole : lines(source)) {
    if (whole == "__END__") break;
    if (whole.starts_with("=begin")) in_comment = true;
    if (whole.starts_with("=end")) in_comment = false;
    const std::string_view line = trim(whole);
    if (in_comment || line.empty() || line[0] == '#') continue;
    constexpr std::string_view kUnder = "autoload_under";
    if (line.starts_with(kUnder)) directory = literal(skip(line.substr(kUnder.size()), " \t("));
    if (line == "end") directory.clear();
    calls(line, "require", RubyRequire::Kind::feature, directory, found);
    calls(line, "require_relative", RubyRequire::Kind::relative, directory, found);
    calls(line, "autoload", RubyRequire::Kind::feature, directory, found);
    if (line.find(kNormalizes) != std::string_view::npos)
      found.push_back({RubyRequire::Kind::feature, std::string(kNormalizer)});
    digests(line, found);
    named(line, found);
  }
  return found;
}

RubyGem ruby_gem_of(std::string_view path) {
  for (std::string_view up = parent_of(path); !up.empty(); up = parent_of(up)) {
    const std::string_view name = name_of(up);
    const size_t dash = name.rfind('-');
    if (name_of(parent_of(up)) == "gems" && dash != std::string_view::npos &&
        dash + 1 < name.size() && name[dash + 1] >= '0' && name[dash + 1] <= '9') {
      return {std::string(parent_of(up)), std::string(name)};
    }
  }
  return {};
}

std::string ruby_root_of(std::string_view path) {
  if (const RubyGem gem = ruby_gem_of(path); !gem.name.empty()) {
    const std::string lib = join_path(join_path(gem.directory, gem.name), "lib");
    return path.starts_with(lib + "/") ? lib : std::string();
  }
  // …/extensions/x86_64-linux/3.1.0/puma-5.6.5/puma/puma_http11.so
  for (std::string_view up = parent_of(path); !up.empty(); up = parent_of(up)) {
    if (is_version(name_of(parent_of(up))) && is_platform(name_of(parent_of(parent_of(up)))) &&
        name_of(parent_of(parent_of(parent_of(up)))) == "extensions") {
      return std::string(up);
    }
  }
  // …/ruby/3.1.0, …/ruby/vendor_ruby, …/ruby/vendor_ruby/3.1.0, and a platform's directory in them.
  std::string_view root;
  for (std::string_view up = parent_of(path); !up.empty(); up = parent_of(up)) {
    const std::string_view name = name_of(up), above = name_of(parent_of(up));
    const bool library = name == "vendor_ruby" || name == "site_ruby";
    if (above == "ruby" && (library || is_version(name))) {
      if (root.empty()) root = up;
      break;
    }
    const bool in_library = above == "vendor_ruby" || above == "site_ruby";
    if (root.empty() && ((is_version(name) && in_library) ||
                         (is_platform(name) && (is_version(above) || in_library)))) {
      root = up;
    }
  }
  return std::string(root);
}

}  // namespace slim::keepset
