// SPDX-License-Identifier: Apache-2.0
// Cutting the text of package databases. Pure; what is left is byte for byte what was there.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slim::keepset {

// One entry of deb822 text (deb-control(5)) or of apk's database: from its first line to the blank
// line that ends it, without that.
std::vector<std::string_view> stanzas(std::string_view text);
// The value in a stanza's first line of that field ("Package", "P"), trimmed; empty if there is
// none.
std::string_view field_of(std::string_view stanza, std::string_view field);

// Whether a path, as the database writes it, is in the slim image.
using IsLeft = std::function<bool(std::string_view path)>;

// dpkg's info/PACKAGE.list: a path a line.
std::string cut_file_list(std::string_view text, const IsLeft& left);
// info/PACKAGE.md5sums: "md5  path" a line.
std::string cut_md5sums(std::string_view text, const IsLeft& left);

// dpkg-divert(1): a file that other packages have at another path than their lists say.
struct Diversion {
  std::string to;
  std::string_view package;  // has it where its list says; ":" when the administrator diverted it
};
using Diversions = std::map<std::string, Diversion, std::less<>>;
// dpkg's file `diversions`: path, other path, package, a line each. Views into `text`.
Diversions parse_diversions(std::string_view text);
std::string cut_diversions(std::string_view text, const IsLeft& left);

// One stanza of apk's `installed` with those of its directories (F:) and files (R:) that are left,
// each with the lines about it that follow (M:, a:, Z:).
std::string cut_apk_stanza(std::string_view stanza, const IsLeft& left);

}  // namespace slim::keepset
