// SPDX-License-Identifier: Apache-2.0
// Texts in compiled code, and the programs that it starts by them.
#include <catch2/catch.hpp>

#include <elf.h>

#include <cstring>

#include "keepset/machine_texts.hpp"
#include "unit/keepset/memory_image.hpp"
#include "unit/keepset/static_elf.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;

namespace {

using Texts = std::set<std::string_view>;

std::string number(uint64_t value, size_t bytes) {
  return std::string(reinterpret_cast<const char*>(&value), bytes);
}

// "lea rax, [rip + to]; mov ebx, length", at a place of code.
std::string load(size_t at, size_t to, uint32_t length) {
  return "\x48\x8d\x05" + number(to - at - 7, 4) + "\xbb" + number(length, 4);
}

// Go's table for functions that begin at places of the segment, which is at address 0; but the table says
// 16 because code at 0 is of one that is not told.
std::string go_table(const std::vector<std::pair<uint32_t, std::string>>& functions) {
  std::string names(1, '\0'), entries, bodies;
  const size_t at_bodies = 8 * functions.size();
  for (const auto& [begin, name] : functions) {
    entries += number(begin - 16, 4) + number(at_bodies + bodies.size(), 4);
    bodies += number(begin - 16, 4) + number(names.size(), 4);
    names += name + '\0';
  }
  std::string head("\xf1\xff\xff\xff\0\0\1\x08", 8);
  head += number(functions.size(), 8) + number(0, 8) + number(16, 8) + number(72, 8);
  head += std::string(24, '\0') + number(72 + names.size(), 8);
  head.resize(72);
  return head + names + entries + bodies;
}

std::string call(size_t at, size_t to) { return "\xe8" + number(to - at - 5, 4); }

// A function at 16 that loads the text at 112 and calls that at 64; one at 80 loads the text's first four
// bytes and calls what is at 96.
std::string go_program(const std::string& at_64, const std::string& at_96) {
  std::string code(16, '\x90');
  code += load(16, 112, 8);
  code += call(28, 64);
  code.resize(64, '\x90');
  if (at_64 == "main.run") code += call(64, 96);  // with what it was given
  code.resize(80, '\x90');
  code += load(80, 112, 4);
  code += call(92, 96);
  code.resize(112, '\x90');
  code += "gzipgrep";
  code += go_table({{16, "main.main"}, {64, at_64}, {80, "main.other"}, {96, at_96}});
  return make_static_elf(code, ".go.buildinfo");
}

}  // namespace

TEST_CASE("texts that end with a NUL are found, also at the end of others", "[texts]") {
  const std::string plain("\0/bin/sh\0a\0not\1one\0x /execgit\0", 31);
  CHECK(terminated_texts(plain) == Texts{"/bin/sh", "x /execgit"});
  const std::string elf = make_static_elf(load(0, 22, 0) + std::string("\0\0\0\0\0/execgit\0", 15));
  CHECK(terminated_texts(elf).contains("git"));
  CHECK(terminated_texts(elf).contains("/execgit"));
  CHECK(terminated_texts({}).empty());
}

TEST_CASE("of an ELF file the part is told that processes load", "[texts]") {
  const std::string elf = make_static_elf("code that is loaded");
  CHECK(loaded_part(elf).ends_with("code that is loaded"));
  CHECK(loaded_part(elf).size() < elf.size());
  CHECK(loaded_part(elf.substr(0, 100)) == elf.substr(0, 100));
  CHECK(loaded_part("no program") == "no program");
}

TEST_CASE("texts are found by the address and length that code loads", "[texts]") {
  const std::string elf = make_static_elf(load(0, 16, 4) + std::string("\x90\x90\x90\x90", 4) + "gzipgrep");
  CHECK(loaded_texts(elf) == Texts{"gzip"});
  CHECK(loaded_texts(elf.substr(0, elf.size() / 2)).size() <= 1);  // cut: nothing is read outside
  CHECK(loaded_texts("no program").empty());
}

TEST_CASE("of a Go program, texts count that are handed to what starts programs", "[texts]") {
  CHECK(started_texts_of_go(go_program("fmt.Println", "os/exec.Command")) == Texts{"gzip"});
  CHECK(started_texts_of_go(go_program("os/exec.Command", "fmt.Println")) == Texts{"gzipgrep"});
  CHECK(started_texts_of_go(go_program("main.run", "os/exec.Command")) == Texts{"gzip", "gzipgrep"});
  CHECK(started_texts_of_go(go_program("fmt.Println", "main.run")).empty());
}

TEST_CASE("programs stay that a program of the image's own starts", "[texts]") {
  MemoryImage image;
  image.program("srv/server", go_program("fmt.Println", "os/exec.Command")).executed("/srv/server");
  image.program("bin/gzip").program("bin/gzipgrep");
  CHECK(image.keeps("bin/gzip"));
  CHECK_FALSE(image.keeps("bin/gzipgrep"));
}

TEST_CASE("programs that a program of the image's own may start by name are bounded by size", "[texts]") {
  // tar imports what starts programs, and has their names; bash, in their place, needs libtinfo.so.6.
  const auto keeps = [](const std::string& program, const std::string& started, uint64_t library) {
    MemoryImage image;
    image.host(program, "/bin/tar").executed("/" + program).host(started, "/bin/bash");
    image.host("usr/lib/libc.so.6", "/bin/true").host("usr/lib/libtinfo.so.6", "/bin/true", library);
    return image.keeps(started);
  };
  CHECK(keeps("srv/pack", "bin/gzip", 1));
  CHECK_FALSE(keeps("srv/pack", "bin/gzip", 17u << 20));
  CHECK(keeps("srv/pack", "usr/bin/rsh", 17u << 20));  // by its path
  CHECK_FALSE(keeps("srv/pack", "bin/gzipgrep", 1));
  CHECK_FALSE(keeps("usr/bin/pack", "bin/gzip", 1));
}

TEST_CASE("commands for a shell are found in the texts of a program of the image's own", "[texts]") {
  // bash imports what starts programs; a Go program may have the rest.
  const auto keeps = [](const std::string& command, const std::string& started) {
    std::string code = "-c" + std::string(14, '\0') + load(16, 0, 2) + load(28, 112, command.size());
    code += call(40, 96);
    code.resize(112, '\x90');
    code += command + go_table({{16, "main.main"}, {96, "os/exec.Command"}});
    MemoryImage image;
    image.program("srv/server", make_static_elf(code, ".go.buildinfo")).executed("/srv/server");
    image.program("bin/pack").program("bin/sort");
    return image.keeps("bin/" + started);
  };
  CHECK(keeps("sort a", "sort"));
  CHECK(keeps("cd %s && pack x | sort", "pack"));
  CHECK(keeps(" | sort", "sort"));
  CHECK_FALSE(keeps("cannot sort", "sort"));
}

TEST_CASE("zones stay that a program of the image's own names", "[texts]") {
  const auto keeps = [](const std::string& program, const std::string& content) {
    MemoryImage image;
    image.program(program, make_static_elf(content, ".go.buildinfo")).executed("/" + program);
    image.file("usr/share/zoneinfo/Asia/Tokyo");
    return image.keeps("usr/share/zoneinfo/Asia/Tokyo");
  };
  CHECK(keeps("srv/server", std::string("\0Asia/Tokyo\0", 12)));
  CHECK_FALSE(keeps("srv/server", std::string("\0Asia/Seoul\0", 12)));
  CHECK(keeps("srv/server", std::string("\0time.LoadLocation\0", 19)));
  CHECK_FALSE(keeps("usr/bin/server", std::string("\0Asia/Tokyo\0", 12)));
}
