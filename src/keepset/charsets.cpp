// SPDX-License-Identifier: Apache-2.0
#include "keepset/charsets.hpp"

#include "keepset/text.hpp"

namespace slim::keepset {
namespace {

constexpr std::string_view kQuotes = "'\"";
constexpr size_t kShortest = 3;
constexpr std::string_view kLibraries[] = {"usr/lib", "usr/lib64"};

bool may_be_in_charset(char c) {
  return is_word_byte(c) || std::string_view("-:.+").find(c) != std::string_view::npos;
}

// "SHIFT-JIS" of "SHIFT-JIS//"; empty for INTERNAL, and for families by pattern.
std::string table_name(std::string_view written) {
  const std::string_view name = written.substr(0, written.find("//"));
  return name == "INTERNAL" || name.starts_with('(') ? std::string() : normalised_charset(name);
}

}  // namespace

std::string normalised_charset(std::string_view name) {
  std::string result = lower_case(name);
  std::erase_if(result, [](char c) { return c == '-' || c == '_'; });
  return result;
}

std::set<std::string> quoted_charsets(std::string_view source) {
  std::set<std::string> found;
  for (size_t at = find_one_of(source, kQuotes); at != std::string_view::npos;
       at = find_one_of(source, kQuotes, at + 1)) {
    size_t end = at + 1;
    while (end < source.size() && may_be_in_charset(source[end])) ++end;
    const std::string_view word = source.substr(at + 1, end - at - 1);
    // iconv(3) takes "UTF-8//TRANSLIT", too.
    const bool closed = end < source.size() && (source[end] == source[at] || source[end] == '/');
    if (closed && word.size() >= kShortest && word.size() <= kLongestCharset)
      found.insert(normalised_charset(word));
  }
  return found;
}

std::map<std::string, std::string> python_charset_aliases(std::string_view table) {
  std::map<std::string, std::string> aliases;
  for (const std::string_view line : lines(table)) {
    const auto parts = split(trim(line), '\'');
    if (parts.size() >= 3 && trim(parts[1]) == ":")
      aliases.emplace(normalised_charset(parts[0]), parts[2]);
  }
  return aliases;
}

void GconvTable::read(std::string_view table) {
  for (const std::string_view line : lines(table)) {
    const auto parts = words(line);
    if (parts.size() >= 3 && parts[0] == "alias")
      aliases_.emplace(table_name(parts[1]), table_name(parts[2]));
    if (parts.size() < 4 || parts[0] != "module") continue;
    for (const std::string_view side : {parts[1], parts[2]})
      if (const std::string name = table_name(side); !name.empty())
        modules_[name].emplace(parts[3]);
  }
}

std::vector<std::string> gconv_directories(const Index& index) {
  std::vector<std::string> found;
  for (const std::string_view libraries : kLibraries) {
    found.push_back(join_path(libraries, "gconv"));
    for (const IndexEntry* child : index.children(libraries))
      found.push_back(join_path(child->path, "gconv"));
  }
  std::erase_if(found, [&](const std::string& directory) { return index.find(directory) == nullptr; });
  return found;
}

std::set<std::string> GconvTable::modules_of(const std::string& charset) const {
  const auto alias = aliases_.find(charset);
  const auto found = modules_.find(alias == aliases_.end() ? charset : alias->second);
  return found == modules_.end() ? std::set<std::string>() : found->second;
}

}  // namespace slim::keepset
