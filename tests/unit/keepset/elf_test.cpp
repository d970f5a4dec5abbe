// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>

#include "keepset/elf.hpp"
#include "support/elf_header.hpp"
#include "unit/keepset/memory_image.hpp"
#include "unit/keepset/static_elf.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;
namespace fs = std::filesystem;

namespace {

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  while (size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), n);
  pclose(pipe);
  return text;
}

// A minimal 64-bit shared object with these dynamic entries.
struct Spec {
  std::vector<std::string> needed;
  std::string rpath, runpath, soname, interpreter;
  std::vector<std::string> symbols;
  uint16_t machine = EM_X86_64;
};
std::string make_elf(const Spec& spec) {
  std::string strings(1, '\0');
  const auto add = [&](const std::string& text) {
    const auto at = strings.size();
    strings += text + '\0';
    return static_cast<Elf64_Xword>(at);
  };
  std::vector<Elf64_Dyn> dynamic;
  const auto entry = [&](Elf64_Sxword tag, Elf64_Xword value) {
    Elf64_Dyn dyn{};
    dyn.d_tag = tag;
    dyn.d_un.d_val = value;
    dynamic.push_back(dyn);
  };
  for (const auto& name : spec.needed) entry(DT_NEEDED, add(name));
  if (!spec.rpath.empty()) entry(DT_RPATH, add(spec.rpath));
  if (!spec.runpath.empty()) entry(DT_RUNPATH, add(spec.runpath));
  if (!spec.soname.empty()) entry(DT_SONAME, add(spec.soname));
  for (const auto& symbol : spec.symbols) add(symbol);
  const size_t headers = 3;
  const size_t at_interpreter = sizeof(Elf64_Ehdr) + headers * sizeof(Elf64_Phdr);
  const size_t at_strings = at_interpreter + spec.interpreter.size() + 1;
  const size_t at_dynamic = (at_strings + strings.size() + 15) / 16 * 16;
  entry(DT_STRTAB, at_strings);
  entry(DT_STRSZ, strings.size());
  entry(DT_NULL, 0);
  const size_t size = at_dynamic + dynamic.size() * sizeof(Elf64_Dyn);
  std::string bytes(size, '\0');
  Elf64_Ehdr header = slim::test::elf_header(ET_DYN, spec.machine);
  header.e_phnum = headers;
  Elf64_Phdr load{}, dyn{}, interpreter{};
  load.p_type = PT_LOAD;
  load.p_filesz = load.p_memsz = size;
  dyn.p_type = PT_DYNAMIC;
  dyn.p_offset = dyn.p_vaddr = at_dynamic;
  dyn.p_filesz = dyn.p_memsz = dynamic.size() * sizeof(Elf64_Dyn);
  interpreter.p_type = spec.interpreter.empty() ? PT_NULL : PT_INTERP;
  interpreter.p_offset = at_interpreter;
  interpreter.p_filesz = spec.interpreter.size() + 1;
  const std::array<Elf64_Phdr, 3> table = {load, dyn, interpreter};
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, table.data(), sizeof table);
  std::memcpy(bytes.data() + at_interpreter, spec.interpreter.data(), spec.interpreter.size());
  std::memcpy(bytes.data() + at_strings, strings.data(), strings.size());
  std::memcpy(bytes.data() + at_dynamic, dynamic.data(), dynamic.size() * sizeof(Elf64_Dyn));
  return bytes;
}

std::vector<std::string> needed_by_readelf(const std::string& path) {
  return [](const std::string& text) {
    std::vector<std::string> names;
    for (size_t at = text.find("(NEEDED)"); at != std::string::npos;
         at = text.find("(NEEDED)", at + 1)) {
      const size_t begin = text.find('[', at) + 1;
      names.push_back(text.substr(begin, text.find(']', begin) - begin));
    }
    return names;
  }(output_of("readelf -dW " + path));
}

// This machine's libraries and their directories as an image.
MemoryImage host_image() {
  MemoryImage image;
  for (const char* link : {"bin", "sbin", "lib", "lib64"}) {
    if (fs::is_symlink(std::string("/") + link)) {
      image.symlink(link, fs::read_symlink(std::string("/") + link));
    }
  }
  for (const char* directory : {"/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/etc/ld.so.conf.d"}) {
    if (!fs::exists(directory)) continue;
    for (const auto& item : fs::directory_iterator(directory)) {
      const std::string path = item.path();
      if (item.is_symlink())
        image.symlink(path.substr(1), fs::read_symlink(item.path()));
      else if (item.is_regular_file())
        image.host(path.substr(1), path, item.file_size());
    }
  }
  image.host("etc/ld.so.conf", "/etc/ld.so.conf");
  return image;
}

}  // namespace

TEST_CASE("DT_NEEDED is read as readelf reads it", "[elf]") {
  for (const char* path : {"/bin/bash", "/usr/bin/curl", "/usr/bin/python3", "/usr/bin/git"}) {
    if (!fs::exists(path)) continue;
    const auto bytes = slim::read_file(path);
    REQUIRE(bytes);
    const auto file = parse_elf(*bytes);
    REQUIRE(file);
    CHECK(file->bits == 64);
    CHECK(file->dynamic);
    CHECK(file->needed == needed_by_readelf(path));
    CHECK(file->interpreter.starts_with("/lib"));
  }
}

TEST_CASE("the closure of a real program is what ldd says", "[elf]") {
  for (const std::string program : {"/usr/bin/curl", "/usr/bin/bash", "/usr/bin/git"}) {
    if (!fs::exists(program)) continue;
    auto image = host_image();
    image.host(program.substr(1), program).executed(program);
    const auto keep = image.compute();
    REQUIRE(keep);
    const std::string text = output_of("ldd " + program);
    unsigned libraries = 0;
    for (size_t at = text.find('/'); at != std::string::npos; at = text.find('/', at + 1)) {
      const std::string path = text.substr(at, text.find_first_of(" \n", at) - at);
      const auto found = image.index.resolve(path);
      REQUIRE(found.entry != nullptr);
      CHECK(keep->paths.contains(found.entry->path));
      for (const auto* passed : found.passed) {
        INFO(path + " passes " + passed->path);
        CHECK(keep->paths.contains(passed->path));
      }
      ++libraries;
      at += path.size() - 1;
    }
    CHECK(libraries >= 3);
    CHECK(keep->warnings.empty());
    // And no library that neither ldd, a name in the program nor name resolution asks for.
    for (const auto& [path, reasons] : keep->paths) {
      const std::string name(slim::name_of(path));
      if (name.find(".so") == std::string::npos || image.index.find(path)->target.size()) continue;
      if (name.starts_with("libnss_") || reasons.contains({"elf-needed", ""})) continue;
      bool wanted = false;
      for (const Reason& reason : reasons) {
        wanted |= reason.rule == "elf-needed" || reason.rule == "elf-interpreter" ||
                  reason.rule == "symlink" || reason.rule == "dlopen";
      }
      CHECK(wanted);
    }
  }
}

TEST_CASE("RUNPATH with $ORIGIN serves the file, RPATH also what it loads", "[elf]") {
  MemoryImage image;
  image.file("opt/app/lib/liba.so", make_elf({.needed = {"libb.so"}, .soname = "liba.so"}));
  image.file("opt/app/lib/libb.so", make_elf({.soname = "libb.so"}));
  SECTION("RPATH") {
    image.program("opt/app/bin/p", make_elf({.needed = {"liba.so"}, .rpath = "$ORIGIN/../lib"}));
    image.executed("/opt/app/bin/p");
    const auto keep = image.compute();
    REQUIRE(keep);
    CHECK(keep->paths.contains("opt/app/lib/libb.so"));
    CHECK(keep->warnings.empty());
  }
  SECTION("RUNPATH finds the first, and the second is found by its name") {
    image.program("opt/app/bin/p",
                  make_elf({.needed = {"liba.so"}, .runpath = "${ORIGIN}/../lib"}));
    image.executed("/opt/app/bin/p");
    CHECK(image.keeps("opt/app/lib/liba.so"));
    CHECK(image.keeps("opt/app/lib/libb.so"));
  }
  SECTION("a library for another machine is no library") {
    image.file("lib/liba.so", make_elf({.machine = EM_AARCH64}));
    image.program("bin/p", make_elf({.needed = {"liba.so"}})).executed("/bin/p");
    CHECK_FALSE(image.keeps("lib/liba.so"));
  }
  SECTION("LD_LIBRARY_PATH") {
    image.program("bin/p", make_elf({.needed = {"liba.so"}})).executed("/bin/p");
    image.file("lib/liba.so", make_elf({}));
    image.options.environment = {"LD_LIBRARY_PATH=/opt/app/lib"};
    CHECK(image.keeps("opt/app/lib/liba.so"));
    CHECK_FALSE(image.keeps("lib/liba.so"));
  }
}

TEST_CASE("ld.so.conf is followed through its includes", "[elf]") {
  MemoryImage image;
  image.file("etc/ld.so.conf", "# all of them\ninclude ld.so.conf.d/*.conf\n");
  image.file("etc/ld.so.conf.d/app.conf", "/opt/lib # ours\n")
      .file("etc/ld.so.conf.d/not", "/srv\n");
  image.file("etc/ld.so.conf.d/loop.conf", "include /etc/ld.so.conf\n");
  image.file("opt/lib/liba.so", make_elf({})).file("srv/liba.so", make_elf({}));
  image.program("bin/p", make_elf({.needed = {"liba.so"}})).executed("/bin/p");
  CHECK(image.keeps("opt/lib/liba.so"));
  CHECK_FALSE(image.keeps("srv/liba.so"));
}

TEST_CASE("all glibc-hwcaps variants of a library are kept", "[elf]") {
  MemoryImage image;
  image.file("usr/lib/x86_64-linux-gnu/liba.so", make_elf({}));
  image.file("usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/liba.so", make_elf({}));
  image.file("usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v4/libother.so", make_elf({}));
  image.program("bin/p", make_elf({.needed = {"liba.so"}})).executed("/bin/p");
  CHECK(image.keeps("usr/lib/x86_64-linux-gnu/liba.so"));
  CHECK(image.keeps("usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/liba.so"));
  CHECK_FALSE(image.keeps("usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v4/libother.so"));
}

TEST_CASE("musl's path file is read", "[elf]") {
  MemoryImage image;
  image.file("lib/ld-musl-x86_64.so.1", make_elf({}), 0755);
  image.file("etc/ld-musl-x86_64.path", "/opt/a:/opt/b\n");
  image.file("opt/b/liba.so", make_elf({}));
  image.program("bin/p",
                make_elf({.needed = {"liba.so"}, .interpreter = "/lib/ld-musl-x86_64.so.1"}));
  image.executed("/bin/p");
  const auto keep = image.compute();
  REQUIRE(keep);
  CHECK(keep->paths.contains("opt/b/liba.so"));
  CHECK(keep->paths.contains("lib/ld-musl-x86_64.so.1"));
  CHECK(keep->paths.contains("etc/ld-musl-x86_64.path"));
}

TEST_CASE("a library that is nowhere is a warning", "[elf]") {
  MemoryImage image;
  image.program("bin/p", make_elf({.needed = {"libgone.so.3"}, .interpreter = "/lib/ld.so"}));
  image.executed("/bin/p");
  const auto keep = image.compute();
  REQUIRE(keep);
  REQUIRE(keep->warnings.size() == 2);
  CHECK(keep->warnings[0] ==
        "/bin/p needs the interpreter /lib/ld.so, which is nowhere in the image");
  CHECK(keep->warnings[1] ==
        "/bin/p needs the library libgone.so.3, which is nowhere in the image");
}

TEST_CASE("names services only when a program asks for them", "[elf]") {
  MemoryImage image;
  image.file("etc/nsswitch.conf",
             "passwd: files systemd\nhosts: files [NOTFOUND=return] dns # x\n");
  const std::string directory = "usr/lib/x86_64-linux-gnu/";
  image.file(directory + "libc.so.6", make_elf({.soname = "libc.so.6", .symbols = {"getpwnam"}}));
  for (const char* name : {"files", "systemd", "dns", "ldap", "NOTFOUND=return"}) {
    image.file(directory + "libnss_" + name + ".so.2", make_elf({}));
  }
  SECTION("it does") {
    image.program("bin/p", make_elf({.needed = {"libc.so.6"}, .symbols = {"getpwnam"}}));
    image.executed("/bin/p");
    CHECK(image.keeps("etc/nsswitch.conf"));
    CHECK(image.keeps(directory + "libnss_systemd.so.2"));
    CHECK(image.keeps(directory + "libnss_dns.so.2"));
    CHECK_FALSE(image.keeps(directory + "libnss_ldap.so.2"));
  }
  SECTION("it does not") {
    image.program("bin/p", make_elf({.needed = {"libc.so.6"}, .symbols = {"getpid"}}));
    image.executed("/bin/p");
    CHECK_FALSE(image.keeps("etc/nsswitch.conf"));
    CHECK_FALSE(image.keeps(directory + "libnss_files.so.2"));
  }
}

TEST_CASE("strings that name libraries are those of dlopen", "[elf]") {
  std::set<std::string> found;
  const std::string_view data(
      "x\0libz.so.1\0/opt/lib/libq++.so\0libfoo.so.%d\0lib.so\0mylib.so.1\0"
      "a libz.so.2\0libdir/x.so\0libend.so.\0../libup.so\0liblast-2.0.so.0",
      125);
  find_library_strings(data, found);
  CHECK(found == std::set<std::string>{"libz.so.1", "/opt/lib/libq++.so", "liblast-2.0.so.0"});
}

TEST_CASE("libraries that a program may load by name are kept", "[elf][dlopen]") {
  MemoryImage image;
  const std::string library = make_elf({.needed = {"libdeep.so"}});
  image.file("usr/lib/libplug.so.1", library).file("usr/lib/libdeep.so", make_elf({}));
  image.file("usr/lib/libother.so.1", make_elf({.machine = EM_AARCH64})).file("srv/libplug.so.1");
  image.file("usr/lib/libidn2.so.0", make_elf({})).file("usr/lib/libcups.so.2", make_elf({}));
  const std::vector<std::string> names = {"libplug.so.1", "libother.so.1", "libgone.so.1",
                                          "libidn2.so.0", "libcups.so.2"};
  const auto program = [&](std::vector<std::string> symbols) {
    symbols.insert(symbols.end(), names.begin(), names.end());
    image.program("bin/p", make_elf({.symbols = symbols})).executed("/bin/p");
  };
  SECTION("when it can load any") {
    program({"dlopen"});
    const auto keep = image.compute();
    REQUIRE(keep);
    CHECK(keep->paths.at("usr/lib/libplug.so.1") == std::set<Reason>{{"dlopen", "/bin/p"}});
    CHECK(keep->paths.contains("usr/lib/libdeep.so"));
    CHECK_FALSE(keep->paths.contains("usr/lib/libother.so.1"));
    CHECK_FALSE(keep->paths.contains("srv/libplug.so.1"));
    CHECK_FALSE(keep->paths.contains("usr/lib/libidn2.so.0"));
    CHECK_FALSE(keep->paths.contains("usr/lib/libcups.so.2"));
    CHECK(keep->warnings.empty());
  }
  SECTION("musl's path file is heeded") {
    image.file("lib/ld-musl-x86_64.so.1").file("etc/ld-musl-x86_64.path", "/usr/local/lib/own\n");
    image.file("usr/local/lib/own/libgone.so.1", library);
    program({"dlopen"});
    CHECK(image.keeps("usr/local/lib/own/libgone.so.1"));
  }
  SECTION("not when it cannot") {
    program({"open"});
    CHECK_FALSE(image.keeps("usr/lib/libplug.so.1"));
  }
}

TEST_CASE("damaged ELF files are read without harm", "[elf]") {
  const std::string good = make_elf(
      {.needed = {"liba.so", "libb.so"}, .runpath = "$ORIGIN", .interpreter = "/lib64/ld.so"});
  REQUIRE(parse_elf(good));
  for (size_t size = 0; size < good.size(); ++size) parse_elf(good.substr(0, size));
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string bad = good;
    for (int i = 0; i < 4; ++i) bad[random() % bad.size()] = static_cast<char>(random());
    if (const auto file = parse_elf(bad)) {
      for (const std::string& name : file->needed) CHECK(name.size() <= bad.size());
    }
  }
}

TEST_CASE("who loads providers of OpenSSL has that of old algorithms", "[elf]") {
  const std::string directory = "usr/lib/x86_64-linux-gnu/";
  for (const bool loads : {false, true}) {
    MemoryImage image;
    image.file(directory + "ossl-modules/legacy.so").file(directory + "ossl-modules/fips.so");
    image.file(directory + "libcrypto.so.3",
               make_elf({.soname = "libcrypto.so.3", .symbols = {"OSSL_PROVIDER_load"}}));
    image.program("bin/p", make_elf({.needed = {"libcrypto.so.3"},
                                     .symbols = {loads ? "OSSL_PROVIDER_load" : "EVP_sha256"}}));
    image.executed("/bin/p");
    CHECK(image.keeps(directory + "libcrypto.so.3"));
    CHECK(image.keeps(directory + "ossl-modules/legacy.so") == loads);
    CHECK_FALSE(image.keeps(directory + "ossl-modules/fips.so"));
  }
}

TEST_CASE("imports are what readelf finds undefined", "[elf]") {
  const auto bytes = slim::read_file("/bin/bash");
  REQUIRE(bytes);
  const auto file = parse_elf(*bytes);
  REQUIRE(file);
  REQUIRE(file->imports);
  std::set<std::string> undefined;
  const std::string text = output_of(
      "readelf --dyn-syms -W /bin/bash | awk '$7 == \"UND\" && $8 { sub(/@.*/, \"\", $8); print $8 }'");
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    undefined.insert(text.substr(at, text.find('\n', at) - at));
  CHECK(file->imports == undefined);
  CHECK(undefined.contains("dup2"));
  CHECK_FALSE(file->calls_directly);
  CHECK_FALSE(parse_elf(make_elf({}))->imports);  // no section headers
}

TEST_CASE("programs make calls directly if they are Go's or linked statically", "[elf]") {
  const std::string code("\xb8\x27\0\0\0\x0f\x05", 7);
  const auto program = parse_elf(make_static_elf(code));
  REQUIRE(program);
  CHECK(program->calls_directly);
  CHECK(program->call_numbers == std::set<uint32_t>{39});
  const auto packed = parse_elf(make_static_elf(""));
  REQUIRE(packed);
  CHECK(packed->calls_directly);
  CHECK_FALSE(packed->call_numbers);
  // For a function that makes the call: Go's way, and C's unless Go's compiler wrote it all.
  const std::string first("\xb8\x66\0\0\0\xe8", 6), other("\xbf\x6b\0\0\0\xe8", 6);
  CHECK(parse_elf(make_static_elf(first + other))->call_numbers == std::set<uint32_t>{107});
  CHECK(parse_elf(make_static_elf(first + other, ".go.buildinfo"))->call_numbers ==
        std::set<uint32_t>{102});
  const auto linked = parse_elf(make_elf({.needed = {"libc.so.6"}}));
  REQUIRE(linked);
  CHECK_FALSE(linked->calls_directly);
}
