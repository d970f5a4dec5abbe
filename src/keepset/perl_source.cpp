// SPDX-License-Identifier: Apache-2.0
#include "keepset/perl_source.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

using Kind = PerlName::Kind;
using When = PerlName::When;

constexpr std::string_view kBlanks = " \t\r\n";
// Modules whose arguments are modules.
constexpr std::string_view kListModules[] = {"parent", "base", "aliased", "if", "maybe"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_module(std::string_view name) {
  if (name.empty() || is_digit(name.front()) || name.find(":::") != std::string_view::npos) {
    return false;
  }
  for (const std::string_view part : split(name, ':')) {
    if (!std::all_of(part.begin(), part.end(), is_word_byte)) return false;
  }
  const size_t colon = name.find(':');
  return is_word_byte(name.front()) && is_word_byte(name.back()) &&
         (colon == std::string_view::npos || name.substr(colon).starts_with("::"));
}

// A '#' that begins a comment: not in $#array, and not after what may be a quotation's begin.
std::string_view without_comment(std::string_view line) {
  for (size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0) return {};
    if (kBlanks.find(line[at - 1]) == std::string_view::npos && line[at - 1] != ';') continue;
    const std::string_view before = line.substr(0, at);
    if (std::count(before.begin(), before.end(), '"') % 2 == 0 &&
        std::count(before.begin(), before.end(), '\'') % 2 == 0) {
      return before;
    }
  }
  return line;
}

// The lines that are code, without comments.
std::vector<std::string_view> code_of(std::string_view source) {
  std::vector<std::string_view> code;
  bool pod = false;
  for (const std::string_view line : lines(source)) {
    if (line.starts_with("__END__") || line.starts_with("__DATA__")) break;
    if (line.starts_with("=cut")) {
      pod = false;
    } else if (line.size() > 1 && line[0] == '=' && is_word_byte(line[1]) && !is_digit(line[1])) {
      pod = true;
    } else if (!pod) {
      code.push_back(without_comment(line));
    }
  }
  return code;
}

class Names {
 public:
  void add(Kind kind, std::string_view name, When when = When::loaded) {
    if (name.empty() || !known_.emplace(static_cast<int>(kind), std::string(name)).second) return;
    found_.push_back({kind, std::string(name), when});
  }
  std::vector<PerlName> take() { return std::move(found_); }

 private:
  std::set<std::pair<int, std::string>> known_;
  std::vector<PerlName> found_;
};

// What a literal may be besides the argument of `use` or `require`.
void add_literal(std::string_view text, Names& names) {
  if (text.empty() || text.size() > 256 || text.find_first_of(kBlanks) != std::string_view::npos) {
    return;
  }
  const size_t variable = text.find("::$");
  const std::string_view before = text.ends_with("::") ? text.substr(0, text.size() - 2)
                                  : variable == std::string_view::npos ? std::string_view()
                                                                       : text.substr(0, variable);
  if (is_module(before)) names.add(Kind::space, before);
  if (text.find('$') != std::string_view::npos || text.ends_with("::")) return;
  if (is_module(text) && text.find(':') != std::string_view::npos) {
    names.add(Kind::named, text);
    return;
  }
  names.add(Kind::word, text);
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_of(":;=,?&", at), text.size());
    names.add(Kind::word, text.substr(at, end - at));
    at = end + 1;
  }
}

// Where the quotation that begins at `at` ends; npos if it does not on this line.
size_t end_of_quotation(std::string_view line, size_t at) {
  for (size_t end = at + 1; end < line.size(); ++end) {
    if (line[end] == '\\') {
      ++end;
    } else if (line[end] == line[at]) {
      return end;
    }
  }
  return std::string_view::npos;
}

// Calls `use` with each quoted string of a line.
template <typename Use>
void quotations(std::string_view line, Use use) {
  for (size_t at = find_one_of(line, "'\""); at != std::string_view::npos;
       at = find_one_of(line, "'\"", at)) {
    const bool apostrophe = at > 0 && (is_word_byte(line[at - 1]) || line[at - 1] == '$');
    const size_t end = apostrophe ? std::string_view::npos : end_of_quotation(line, at);
    if (end == std::string_view::npos) {
      ++at;
      continue;
    }
    use(line.substr(at + 1, end - at - 1));
    at = end + 1;
  }
}

// Calls `use` with each word of each qw(...).
template <typename Use>
void quoted_words(std::string_view code, Use use) {
  constexpr std::string_view kOpen = "([{</|!", kClose = ")]}>/|!";
  for (size_t at = code.find("qw"); at != std::string_view::npos; at = code.find("qw", at + 2)) {
    if (at > 0 && (is_word_byte(code[at - 1]) || code[at - 1] == '$')) continue;
    const size_t open = code.find_first_not_of(kBlanks, at + 2);
    if (open == std::string_view::npos) return;
    const size_t kind = kOpen.find(code[open]);
    if (kind == std::string_view::npos) continue;
    const size_t end = code.find(kClose[kind], open + 1);
    if (end == std::string_view::npos) continue;
    for (const std::string_view line : lines(code.substr(open + 1, end - open - 1))) {
      for (const std::string_view word : words(line)) use(word);
    }
  }
}

// Whether a place is in a block that this word begins: after its "{" more are opened than closed.
bool in_block(std::string_view code, size_t at, std::string_view word) {
  constexpr size_t kFarthest = 400;
  const size_t begin = at < kFarthest ? 0 : at - kFarthest;
  const std::string_view before = code.substr(begin, at - begin);
  const size_t found = before.rfind(word);
  if (found == std::string_view::npos) return false;
  const std::string_view block = before.substr(found);
  return std::count(block.begin(), block.end(), '{') > std::count(block.begin(), block.end(), '}');
}

// When a `require` at this place happens.
When when_of(std::string_view code, size_t at) {
  if (at == 0 || code[at - 1] == '\n') return When::loaded;
  if (in_block(code, at, "eval")) return When::optional;
  return in_block(code, at, "BEGIN") ? When::loaded : When::called;
}

// "use NAME ...;" and the like, `at` being behind the keyword.
void statement(std::string_view code, size_t at, std::string_view keyword, Names& names) {
  const When when = keyword == "use" ? When::loaded : when_of(code, at - keyword.size());
  at = code.find_first_not_of(" \t\r\n(", at);
  if (at == std::string_view::npos) return;
  if (code[at] == '"' || code[at] == '\'') {
    const size_t end = end_of_quotation(code, at);
    if (keyword == "use" || end == std::string_view::npos) return;
    const std::string_view file = code.substr(at + 1, end - at - 1);
    const bool plain = file.find_first_of("$@\n") == std::string_view::npos;
    if (plain && file.find_first_of("./") != std::string_view::npos)
      names.add(Kind::file, file, when);
    return;
  }
  size_t end = at;
  while (end < code.size() && (is_word_byte(code[end]) || code[end] == ':')) ++end;
  const std::string_view name = code.substr(at, end - at);
  if (keyword == "do" || !is_module(name) ||
      (name[0] == 'v' && name.size() > 1 && is_digit(name[1]))) {
    return;
  }
  names.add(Kind::module, name, when);
  if (!is_one_of(name, kListModules)) {
    return;
  }
  const auto add = [&](std::string_view word) {
    if (is_module(word)) names.add(Kind::module, word);
  };
  const std::string_view list = code.substr(end, std::min(code.find(';', end), code.size()) - end);
  quotations(list, add);
  quoted_words(list, add);
  for (const std::string_view line : lines(list)) {
    // use if CONDITION, Module => arguments
    for (const std::string_view word : words(line)) add(word.substr(0, word.find(',')));
  }
}

void statements(std::string_view code, std::string_view keyword, Names& names) {
  for (size_t at = code.find(keyword); at != std::string_view::npos;
       at = code.find(keyword, at + keyword.size())) {
    const size_t end = at + keyword.size();
    if (at > 0 && (is_word_byte(code[at - 1]) ||
                   std::string_view("$@%&>:-'\"").find(code[at - 1]) != std::string_view::npos)) {
      continue;
    }
    if (end < code.size() && kBlanks.find(code[end]) == std::string_view::npos &&
        code[end] != '(') {
      continue;
    }
    statement(code, end, keyword, names);
  }
}

// "<*.conf>" and "</lib/lib?.so>", which are no handles.
bool has_file_pattern(std::string_view source) {
  for (size_t at = source.find('<'); at != std::string_view::npos; at = source.find('<', at + 1)) {
    const size_t end = source.find_first_of("> \t\n;=", at + 1);
    if (end == std::string_view::npos) return false;
    const std::string_view inner = source.substr(at + 1, end - at - 1);
    if (source[end] == '>' && inner.find_first_of("*?") != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

std::vector<PerlName> perl_names_of(std::string_view source) {
  const auto code_lines = code_of(source);
  std::string code;
  for (const std::string_view line : code_lines) code.append(line).append("\n");
  Names names;
  for (const std::string_view keyword : {"use", "require", "do"}) statements(code, keyword, names);
  const auto add = [&](std::string_view text) { add_literal(text, names); };
  for (const std::string_view line : code_lines) quotations(line, add);
  quoted_words(code, add);
  return names.take();
}

std::vector<std::string> perl_modules_of_syntax(std::string_view source) {
  struct Syntax {
    std::string_view text, module;
  };
  constexpr Syntax kSyntax[] = {{":encoding(", "Encode"},   {":encoding(", "PerlIO"},
                                {":encoding(", "PerlIO::encoding"}, {"$!{", "Errno"},
                                {"$+{", "Tie::Hash::NamedCapture"}, {"$-{", "Tie::Hash::NamedCapture"},
                                {"%+", "Tie::Hash::NamedCapture"}};
  std::vector<std::string> modules;
  for (const Syntax& each : kSyntax)
    if (source.find(each.text) != std::string_view::npos) modules.emplace_back(each.module);
  if (has_word(source, "glob") || has_file_pattern(source)) modules.emplace_back("File::Glob");
  return modules;
}

std::vector<std::string> perl_directories_of(std::string_view source) {
  std::vector<std::string> directories;
  for (const std::string_view line : code_of(source)) {
    if (!trim(line).starts_with("use lib ")) continue;
    const auto add = [&](std::string_view text) {
      if (text.starts_with('/')) directories.emplace_back(text);
    };
    quotations(line, add);
    quoted_words(line, add);
  }
  return directories;
}

std::string perl_file_of(std::string_view module) {
  std::string file;
  for (const std::string_view part : split(module, ':')) file = join_path(file, part);
  return file + ".pm";
}

std::string perl_root_of(std::string_view path, std::string_view source) {
  for (std::string_view line : code_of(source)) {
    line = trim(line);
    if (!line.starts_with("package ") && !line.starts_with("package\t")) continue;
    line = trim(line.substr(8));
    const std::string file = perl_file_of(line.substr(0, line.find_first_of(" \t;{")));
    if (!path.ends_with("/" + file)) return {};
    return std::string(path.substr(0, path.size() - file.size() - 1));
  }
  return {};
}

}  // namespace slim::keepset
