// SPDX-License-Identifier: Apache-2.0
// The texts that compiled code has: commands may be among them.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace slim::keepset {

// Of a 64-bit ELF file what a process has of it in memory, which is its beginning: without what is for
// debuggers. All of any other file.
std::string_view loaded_part(std::string_view file);

// Printable ones before a NUL, as compilers of C keep them: after another NUL, or where x86-64 code has the
// address of.
std::set<std::string_view> terminated_texts(std::string_view program);

// Those that x86-64 code loads by their address and length, which is how Rust and Go know them. `program`
// is an ELF file; others have none.
std::set<std::string_view> loaded_texts(std::string_view program);

// Of a Go program (from 1.18), those only that are loaded to call a function of its library that starts
// programs, or a function that calls one of these with what it was given. Position-independent ones have
// none.
std::set<std::string_view> started_texts_of_go(std::string_view program);

}  // namespace slim::keepset
