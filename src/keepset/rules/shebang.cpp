// SPDX-License-Identifier: Apache-2.0
// A script needs the interpreter of its first line (execve(2), "Interpreter scripts").
#include "keepset/shebang.hpp"
#include "keepset/programs.hpp"
#include "keepset/rules.hpp"

namespace slim::keepset::rules {
namespace {

// What is there to be copied and edited is not run as it is.
bool is_sample(std::string_view path) {
  return path.ends_with(".sample") || path.ends_with(".example");
}

// Of what is missing only those that ran are told of: a module with the bit set and the path of
// another system in its first line was never a program here.
void keep_program(Marker& marker, const std::string& program, const IndexEntry& script,
                  const Reason& reason) {
  const bool path = program.find('/') != std::string::npos;
  const std::string found = path ? program : program_path(marker, program);
  const IndexEntry* entry = found.empty() ? nullptr : marker.mark_path(found, reason);
  if (entry != nullptr) {
    marker.note_executed(*entry);
  } else if (!path && marker.executed(script)) {
    marker.warn(reason.because + " needs the program " + program + ", which is nowhere in PATH");
  }
}

}  // namespace

Result<void> shebang(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry) || entry.size < 3) return {};
  // A file that was only read is data to the program that read it (a Python module, say), whatever
  // its mode.
  const bool executable =
      (entry.mode & 0111) != 0 && !marker.opened(entry) && !is_sample(entry.path);
  if (!marker.executed(entry) && !executable) return {};
  SLIM_TRY(const std::string_view bytes, marker.content(entry));
  const auto line = shebang_of(bytes);
  if (!line) return {};
  const Reason reason{"shebang", absolute(entry.path)};
  const IndexEntry* interpreter = marker.mark_path(line->interpreter, reason);
  if (interpreter == nullptr) {
    if (marker.executed(entry))
      marker.warn(reason.because + " needs the interpreter " + line->interpreter +
                  ", which is nowhere in the image");
    return {};
  }
  marker.note_executed(*interpreter);
  if (!line->program.empty() && line->program != line->interpreter) {
    keep_program(marker, line->program, entry, reason);
  }
  return {};
}

}  // namespace slim::keepset::rules
