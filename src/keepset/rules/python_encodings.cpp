// SPDX-License-Identifier: Apache-2.0
// Python imports a codec when text in that encoding first appears: encodings/NAME.py, by a name
// made at run time. The common ones are kept, a few KB each; for others see charsets.cpp.
#include "keepset/charsets.hpp"
#include "keepset/python_modules.hpp"
#include "keepset/rules.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

// Those that are built into C or of which the web, JSON, archives (cp437 in ZIP) and Windows text are.
constexpr std::string_view kCommonCodecs[] = {
    "ascii",          "base64_codec", "charmap",
    "cp1252",         "cp437",        "hex_codec",
    "latin_1",        "punycode",     "raw_unicode_escape",
    "unicode_escape", "utf_16",       "utf_16_be",
    "utf_16_le",      "utf_32",       "utf_32_be",
    "utf_32_le",      "utf_8",        "utf_8_sig"};

}  // namespace

Result<void> python_encodings(Marker& marker, const IndexEntry& entry) {
  if (!entry.path.ends_with("/encodings/__init__.py") || !is_file(entry)) return {};
  if (!python_ran(marker, entry)) return {};
  const Reason reason{"python-encoding", absolute(entry.path)};
  const std::string_view directory = parent_of(entry.path);
  marker.state<CharsetState>().python.emplace(directory);
  for (const std::string_view codec : kCommonCodecs) {
    const auto files = module_files(marker.index(), directory, codec);
    for (const IndexEntry* file : files) marker.mark(*file, reason);
  }
  // Names of hosts are encoded with it, whatever they are made of, by whatever has loaded sockets.
  const IndexEntry* sockets = marker.index().find(join_path(parent_of(directory), "socket.py"));
  if (sockets == nullptr || !python_ran(marker, *sockets)) return {};
  const std::string library(parent_of(directory));
  for (const auto& [root, module] : {std::pair(library, "encodings.idna"),
                                     std::pair(library, "stringprep"),
                                     std::pair(library + "/lib-dynload", "unicodedata")}) {
    const auto files = module_files(marker.index(), root, module);
    for (const IndexEntry* file : files) marker.mark(*file, reason);
  }
  return {};
}

}  // namespace slim::keepset::rules
