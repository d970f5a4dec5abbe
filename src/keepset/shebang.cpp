// SPDX-License-Identifier: Apache-2.0
#include "keepset/shebang.hpp"

#include <vector>

#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset {
namespace {

constexpr size_t kLongestLine = 255;  // BINPRM_BUF_SIZE - 1

// env's options that take an argument: --unset, --chdir, --argv0.
constexpr std::string_view kWithArgument = "uCa";
constexpr std::string_view kLongWithArgument[] = {"--unset", "--chdir", "--argv0"};
constexpr std::string_view kLongSplit = "--split-string=";

// What is left of an option word after the options in it that have no argument: the argument of
// -S, which goes on with options, assignments or the program. `skip` is set if the next word is the
// argument of one.
std::string_view after_options(std::string_view word, bool& skip) {
  if (word.starts_with(kLongSplit)) return word.substr(kLongSplit.size());
  if (word.starts_with("--")) {
    skip = is_one_of(word, kLongWithArgument);
    return {};
  }
  for (size_t i = 1; i < word.size(); ++i) {
    if (word[i] == 'S') return word.substr(i + 1);
    if (kWithArgument.find(word[i]) == std::string_view::npos) continue;
    skip = i + 1 == word.size();
    return {};
  }
  return {};
}

// The program that `env ARGUMENTS` runs: the first word that is neither an option nor NAME=value.
// Without -S the kernel gives env all of them as one, which is no program; what is meant is clear.
std::string_view program_of_env(const std::vector<std::string_view>& arguments) {
  bool skip = false;
  for (size_t i = 1; i < arguments.size(); ++i) {
    std::string_view word = arguments[i];
    if (std::exchange(skip, false)) continue;
    while (word.starts_with('-') && !skip) word = after_options(word, skip);
    if (word.size() > 1 && (word.starts_with('"') || word.starts_with('\''))) {
      word = word.substr(1, word.find(word.front(), 1) - 1);
    }
    if (!word.empty() && word.find('=') == std::string_view::npos) return word;
  }
  return {};
}

}  // namespace

std::string_view Shebang::name() const { return name_of(program); }

std::optional<Shebang> shebang_of(std::string_view content) {
  if (!content.starts_with("#!")) return std::nullopt;
  std::string_view line = content.substr(2, kLongestLine - 2);
  line = line.substr(0, line.find('\n'));
  if (line.find('\0') != std::string_view::npos) return std::nullopt;
  const auto arguments = words(line);
  if (arguments.empty()) return std::nullopt;
  const bool env = name_of(arguments.front()) == "env";
  return Shebang{std::string(arguments.front()),
                 std::string(env ? program_of_env(arguments) : arguments.front())};
}

Result<bool> is_script_of(Marker& marker, const IndexEntry& entry, std::string_view program) {
  if (!is_file(entry) || !marker.executed(entry)) return false;
  SLIM_TRY(const std::string_view content, marker.content(entry));
  const auto line = shebang_of(content);
  return line && line->name().starts_with(program);
}

}  // namespace slim::keepset
