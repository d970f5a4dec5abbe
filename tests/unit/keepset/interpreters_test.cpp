// SPDX-License-Identifier: Apache-2.0
// Interpreters that did not run: the code that sources hand to them, and what they begin with.
#include <catch2/catch.hpp>

#include "keepset/inline_source.hpp"
#include "keepset/perl_source.hpp"
#include "slim/trace/script_calls.hpp"
#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

namespace {

using Sources = std::vector<InlineSource>;

// A Python application with a route that the run did not ask for.
MemoryImage application(const std::string& source) {
  MemoryImage image;
  image.options.environment = {"PATH=/usr/bin"};
  image.program("usr/bin/python3.11").executed("/usr/bin/python3.11");
  image.file("app/app.py", source).used("/app/app.py", trace::kRead);
  image.program("usr/bin/sh").symlink("bin", "usr/bin");
  return image;
}

}  // namespace

TEST_CASE("code that a source hands to an interpreter", "[interpreters]") {
  CHECK(inline_sources_of("perl -ne 'use A; print'") == Sources{{"perl", {}, "use A; print\n", {}}});
  CHECK(inline_sources_of("sh('perl -we \\'use A; f(\"x\")\\' x')") ==
        Sources{{"perl", {}, "use A; f(\"x\")\n", {}}});
  CHECK(inline_sources_of("run([\"/usr/bin/python3\", \"-c\", \"import a\\nf(\\\"x\\\")\", y])") ==
        Sources{{"python3", {}, "import a\nf(\"x\")\n", {}}});
  CHECK(inline_sources_of("perl -MPOSIX=floor -MA::B -e 1\nruby -rjson -e 'puts 1'\nnode -p \"x\"") ==
        Sources{{"perl", {"POSIX", "A::B"}, "1\n", {}},
                {"ruby", {"json"}, "puts 1\n", {}},
                {"node", {}, "x\n", {}}});
  CHECK(inline_sources_of("python3 -m json.tool <x; x=$(python3.11 - <<'EOF'\nimport b\nEOF\n)") ==
        Sources{{"python3", {"json.tool"}, {}, {}}, {"python3.11", {}, "import b\n", {}}});
  CHECK(inline_sources_of("['perl', '/opt/x.pl', a]; ruby -w /opt/y.rb") ==
        Sources{{"perl", {}, {}, "/opt/x.pl"}, {"ruby", {}, {}, "/opt/y.rb"}});
  for (const char* source : {"perl", "the perl - is", "python3-foo -c 'x'", "perl -v", "nodes -e 'x'",
                             "import python\n", "[\"perl\", \"x\"]", "perl -", "perl <<", "python -c"}) {
    INFO(source);
    CHECK(inline_sources_of(source).empty());
  }
}

TEST_CASE("what Perl loads by itself", "[interpreters][perl]") {
  using Modules = std::vector<std::string>;
  CHECK(perl_modules_of_syntax("@x = </lib/*.so>;") == Modules{"File::Glob"});
  CHECK(perl_modules_of_syntax("while (<STDIN>) { $x < 1 * 2 && $y > 1 }").empty());
  CHECK(perl_modules_of_syntax("/(?<a>b)/; $+{a}") == Modules{"Tie::Hash::NamedCapture"});
  CHECK(perl_modules_of_syntax("open F, '<:encoding(UTF-8)', $x") ==
        Modules{"Encode", "PerlIO", "PerlIO::encoding"});
  CHECK(perl_directories_of("use lib '/a', \"b\";\nuse lib qw(/c);\n") == Modules{"/a", "/c"});
}

TEST_CASE("a Perl that only a route starts", "[interpreters][perl]") {
  const std::string kCore = "usr/share/perl/5.36/";
  MemoryImage image = application(
      "run('perl -MA -e \"use G; print 1\"', shell=True)\nrun(['report'])\n");
  image.program("usr/bin/perl", std::string("\x7f" "ELF\0/usr/share/perl/5.36\0", 26));
  image.program("usr/bin/report", "#!/usr/bin/env perl\nuse C;\n").program("usr/bin/env");
  for (const char* name : {"A", "G", "C", "D", "E", "feature"})
    image.file(kCore + name + ".pm", std::string("package ") + name + ";\n" +
                                         (*name == 'C' ? "sub f { require D; }\n" : ""));
  for (const char* name : {"A", "G", "C", "D", "feature"}) {
    INFO(name);
    CHECK(image.keeps(kCore + name + ".pm"));
  }
  CHECK(image.keeps("usr/bin/perl"));
  CHECK_FALSE(image.keeps(kCore + "E.pm"));
}

TEST_CASE("what is not the image's own starts no interpreter", "[interpreters]") {
  MemoryImage image = application("print(1)\n");
  image.program("usr/bin/perl").program("usr/bin/tool", "#!/bin/sh\nperl -e 'print 1'\n");
  image.executed("/usr/bin/tool");
  CHECK_FALSE(image.keeps("usr/bin/perl"));
}

TEST_CASE("a Python that only a script starts", "[interpreters][python]") {
  const std::string kLibrary = "usr/lib/python3.11/";
  MemoryImage image;
  image.options.environment = {"PATH=/usr/bin"};
  image.program("usr/bin/sh").symlink("bin", "usr/bin").executed("/bin/sh", "/usr/bin/sh");
  image.program("app/start.sh", "#!/bin/sh\nif [ -n \"$X\" ]; then python3 -c 'import csv'; fi\n");
  image.executed("/app/start.sh");
  image.program("usr/bin/python3.11").symlink("usr/bin/python3", "python3.11");
  for (const char* name : {"os", "site", "csv", "re", "encodings/__init__", "encodings/utf_8", "wave"})
    image.file(kLibrary + name + ".py", name == std::string("csv") ? "import re\n" : "\n");
  image.directory(kLibrary + "lib-dynload");
  for (const char* name : {"os", "site", "csv", "re", "encodings/__init__", "encodings/utf_8"}) {
    INFO(name);
    CHECK(image.keeps(kLibrary + name + ".py"));
  }
  CHECK(image.keeps("usr/bin/python3"));
  CHECK(image.keeps(kLibrary + "lib-dynload"));
  CHECK_FALSE(image.keeps(kLibrary + "wave.py"));
}

TEST_CASE("a Ruby and a Tcl that only a route starts", "[interpreters][ruby]") {
  const std::string kLibrary = "usr/lib/ruby/3.1.0/";
  MemoryImage image = application("run(\"ruby -rset -e 'puts 1'\", shell=True)\nrun(['tclsh8.6'])\n");
  image.program("usr/bin/ruby").program("usr/bin/tclsh8.6");
  for (const char* name : {"rubygems", "rubygems/version", "set", "csv"})
    image.file(kLibrary + name + ".rb", "\n");
  image.file("usr/share/tcltk/tcl8.6/init.tcl").file("usr/share/tcltk/tcl8.5/init.tcl");
  for (const char* name : {"rubygems", "rubygems/version", "set"}) {
    INFO(name);
    CHECK(image.keeps(kLibrary + name + ".rb"));
  }
  CHECK_FALSE(image.keeps(kLibrary + "csv.rb"));
  CHECK(image.keeps("usr/share/tcltk/tcl8.6/init.tcl"));
  CHECK_FALSE(image.keeps("usr/share/tcltk/tcl8.5/init.tcl"));
}

TEST_CASE("what an interpreter calls before a script does", "[interpreters]") {
  CHECK(trace::calls_of_interpreter("node").contains("eventfd2"));
  CHECK_FALSE(trace::calls_of_interpreter("perl").contains("eventfd2"));
  CHECK(trace::calls_of_interpreter("lua").contains("mmap"));
}
