// SPDX-License-Identifier: Apache-2.0
// Paths are bytes. Lexical helpers, and opening a path inside a directory that is not trusted.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "slim/base/error.hpp"
#include "slim/base/fd.hpp"

namespace slim {

// The components of a path; empty ones and "." are left out, ".." is kept.
std::vector<std::string_view> components(std::string_view path);
// They would be of a string that is gone.
template <std::same_as<std::string> Temporary>
std::vector<std::string_view> components(Temporary&&) = delete;
// "a/b/c" -> "a/b"; "a" -> "".
std::string_view parent_of(std::string_view path);
std::string_view name_of(std::string_view path);
// Joins with exactly one slash; an empty side gives the other side.
std::string join_path(std::string_view directory, std::string_view name);

// Lexically cleaned absolute path: "/a//b/../c/" -> "/a/c". Relative paths are taken from "/".
std::string clean_path(std::string_view path);

// Opens `path` beneath `root` with every symlink, absolute or not, taken as if `root` were "/"
// (openat2(2) RESOLVE_IN_ROOT). Never leaves `root`.
Result<Fd> open_in_root(const Fd& root, const std::string& path, int flags, unsigned mode = 0);
// The same, but a symlink anywhere on the way is an error (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS).
// A path longer than PATH_MAX is walked in pieces.
Result<Fd> open_beneath(const Fd& root, const std::string& path, int flags, unsigned mode = 0);

// fnmatch-like glob over whole paths: `*` and `?` stop at '/', `**` crosses it, [...] classes,
// backslash escapes. A pattern without a leading slash also matches after any slash.
bool glob_match(std::string_view pattern, std::string_view path);

// Bytes for JSON and terminals: valid printable UTF-8 is kept, a backslash becomes "\\", every
// other byte "\xHH". unescape_bytes is the inverse.
std::string escape_bytes(std::string_view bytes);
Result<std::string> unescape_bytes(std::string_view text);

}  // namespace slim
