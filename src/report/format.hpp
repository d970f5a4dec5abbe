// SPDX-License-Identifier: Apache-2.0
// Numbers and text as people read them in a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slim::report {

std::string human_count(uint64_t count);    // "20,114"
std::string human_seconds(double seconds);  // "0.12 s", "12.3 s", "2 min 05 s"

// Text for one line of a terminal: control characters and invalid UTF-8 escaped, backslashes left.
std::string printable(std::string_view text);

// Columns a printable text takes: its code points (wide and combining characters are not told
// apart; a line that holds them may be cut early, never late by more than it has of them).
size_t columns(std::string_view text);
// Cut to at most `width` columns, with "..." at the end if something was cut.
std::string fit(std::string_view text, size_t width);
std::string pad_left(std::string_view text, size_t width);
std::string pad_right(std::string_view text, size_t width);
// Broken at spaces into lines of at most `width` columns; longer words are cut in pieces.
std::vector<std::string> wrap(std::string_view text, size_t width);

enum class Style { plain, bold, dim, red, green, yellow };
// The text between ANSI sequences, or as it is.
std::string styled(std::string_view text, Style style, bool colour);

}  // namespace slim::report
