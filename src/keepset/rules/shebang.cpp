// SPDX-License-Identifier: Apache-2.0
// A script needs the interpreter of its first line (execve(2), "Interpreter scripts").
#include "keepset/programs.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

constexpr size_t kLongestLine = 255;  // BINPRM_BUF_SIZE - 1

// The program that `env ARGUMENTS` runs: the first word that is neither an option nor NAME=value.
std::string_view program_of_env(const std::vector<std::string_view>& arguments) {
  for (size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (word == "-u" || word == "-C") {
      ++i;  // takes an argument
    } else if (!word.starts_with('-') && word.find('=') == std::string_view::npos) {
      return word;
    }
  }
  return {};
}

void keep_from_path(Marker& marker, std::string_view program, const Reason& reason) {
  if (program.find('/') != std::string_view::npos) {
    marker.mark_path(program, reason);
    return;
  }
  if (const std::string path = program_path(marker, program); !path.empty()) {
    if (const IndexEntry* entry = marker.mark_path(path, reason)) marker.note_executed(*entry);
    return;
  }
  marker.warn(reason.because + " needs the program " + std::string(program) +
              ", which is nowhere in PATH");
}

}  // namespace

Result<void> shebang(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || entry.size < 3) return {};
  // A file that was only read is data to the program that read it (a Python module, say), whatever
  // its mode.
  const bool executable = (entry.mode & 0111) != 0 && !marker.opened(entry);
  if (!marker.executed(entry) && !executable) return {};
  SLIM_TRY(const std::string_view bytes, marker.content(entry));
  if (!bytes.starts_with("#!")) return {};
  std::string_view line = bytes.substr(2, kLongestLine);
  line = line.substr(0, line.find('\n'));
  if (line.find('\0') != std::string_view::npos) return {};
  const std::string text(trim(line));  // marking reads other files
  const auto arguments = words(text);
  if (arguments.empty()) return {};
  const Reason reason{"shebang", absolute(entry.path)};
  const IndexEntry* interpreter = marker.mark_path(arguments.front(), reason);
  if (interpreter == nullptr) {
    marker.warn(reason.because + " needs the interpreter " + std::string(arguments.front()) +
                ", which is nowhere in the image");
    return {};
  }
  marker.note_executed(*interpreter);
  if (name_of(arguments.front()) == "env") {
    if (const auto program = program_of_env(arguments); !program.empty()) {
      keep_from_path(marker, program, reason);
    }
  }
  return {};
}

}  // namespace slim::keepset::rules
