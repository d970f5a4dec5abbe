// SPDX-License-Identifier: Apache-2.0
// What Perl loads later: names in sources, @INC, objects, shared files and character sets.
#include <catch2/catch.hpp>

#include "keepset/perl_source.hpp"
#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

namespace {

using Kind = PerlName::Kind;
using When = PerlName::When;
const std::string kSite = "usr/share/perl5/";
const std::string kCore = "usr/lib/x86_64-linux-gnu/perl/5.36.0/";

// An application that runs with one module of @INC's, so that its directories are known.
MemoryImage application(const std::string& source) {
  MemoryImage image;
  image.file("app/app.psgi", source).used("/app/app.psgi", trace::kRead);
  image.file(kSite + "Plack.pm", "package Plack;\n1;\n")
      .used("/" + kSite + "Plack.pm", trace::kRead);
  image.file(kCore + "Config.pm", "package Config;\n")
      .used("/" + kCore + "Config.pm", trace::kRead);
  return image;
}

}  // namespace

TEST_CASE("the names in a Perl source", "[perl]") {
  CHECK(perl_names_of("use strict;\n  require Foo::Bar;\nrequire Foo;\n") ==
        std::vector<PerlName>{{Kind::module, "strict"},
                              {Kind::module, "Foo::Bar", When::called},
                              {Kind::module, "Foo"}});
  CHECK(perl_names_of("BEGIN {\n  if (x) { require A; }\n  eval { require B };\n}\nf(); require C;\n") ==
        std::vector<PerlName>{{Kind::module, "A", When::loaded},
                              {Kind::module, "B", When::optional},
                              {Kind::module, "C", When::called}});
  CHECK(perl_names_of("use parent -norequire, 'A', \"B::C\";\nuse base qw(\n D\n E);\n") ==
        std::vector<PerlName>{{Kind::module, "parent"},
                              {Kind::module, "A"},
                              {Kind::module, "B::C"},
                              {Kind::module, "base"},
                              {Kind::module, "D"},
                              {Kind::module, "E"},
                              {Kind::word, "A"},
                              {Kind::named, "B::C"},
                              {Kind::word, "D"},
                              {Kind::word, "E"}});
  CHECK(perl_names_of("use if $] < 5.01, Late => ();\n") ==
        std::vector<PerlName>{{Kind::module, "if"}, {Kind::module, "Late"}});
  CHECK(perl_names_of("eval { require 'lib/x.pl' };\n do \"unicore/Name.pl\";") ==
        std::vector<PerlName>{{Kind::file, "lib/x.pl", When::optional},
                              {Kind::file, "unicore/Name.pl", When::called},
                              {Kind::word, "lib/x.pl"},
                              {Kind::word, "unicore/Name.pl"}});
  CHECK(perl_names_of("my $m = \"Plack::Handler::$name\"; load('X::' . $y);") ==
        std::vector<PerlName>{{Kind::space, "Plack::Handler"}, {Kind::space, "X"}});
  CHECK(perl_names_of("connect('dbi:SQLite:x')") ==
        std::vector<PerlName>{{Kind::word, "dbi:SQLite:x"},
                              {Kind::word, "dbi"},
                              {Kind::word, "SQLite"},
                              {Kind::word, "x"}});
  for (const char* source :
       {"# use strict;\n", "=head1 USE\n\nuse strict;\n\n=cut\n", "__END__\nuse strict;\n",
        "use 5.010;\n", "use v5.36;\n", "require $name;\n", "$x->require(Foo);\n", "$use = 1;\n",
        "reuse Foo;\n", "my %h = (use => 1);\n", "do { 1 };\n", "it's one of Don's\n", "'"}) {
    INFO(source);
    CHECK(perl_names_of(source).empty());
  }
}

TEST_CASE("a module's directory in @INC", "[perl]") {
  CHECK(perl_file_of("Plack::Middleware::Static") == "Plack/Middleware/Static.pm");
  CHECK(perl_root_of(kSite + "A/B.pm", "# package X;\npackage A::B;\n") == "usr/share/perl5");
  CHECK(perl_root_of(kSite + "A/B.pm", "package A::B 1.0 {\n") == "usr/share/perl5");
  CHECK(perl_root_of(kSite + "A/B.pm", "package B::A;\n").empty());
  CHECK(perl_root_of("app/app.psgi", "1;\n").empty());
}

TEST_CASE("what the application names is kept, and what that loads", "[perl]") {
  auto image = application("sub { require Late; Late->new }\nsub { require 'more.pl' }\n");
  image.file(kSite + "Late.pm", "package Late;\nuse Deep;\nsub x { eval { require Other } }\n");
  image.file(kSite + "Deep.pm", "package Deep;\n").file(kSite + "Other.pm", "package Other;\n");
  image.file(kSite + "Never.pm", "package Never;\n").file("app/more.pl");
  image.file("home/me/Late.pm", "package Late;\n");
  CHECK(image.keeps(kSite + "Late.pm"));
  CHECK(image.keeps(kSite + "Deep.pm"));
  CHECK(image.keeps("app/more.pl"));
  CHECK_FALSE(image.keeps(kSite + "Other.pm"));
  CHECK_FALSE(image.keeps(kSite + "Never.pm"));
  CHECK_FALSE(image.keeps("home/me/Late.pm"));
}

TEST_CASE("a library that ran leads to its own parts", "[perl]") {
  auto image = application("1;\n");
  image
      .file(kSite + "Plack/Request.pm",
            "package Plack::Request;\nsub x { eval { require Plack::Part };\n"
            " require Called; eval { require Other }; my @x = ('Plack::Named', 'Other::Named') }\n")
      .used("/" + kSite + "Plack/Request.pm", trace::kRead);
  image.file(kSite + "Called.pm").file(kSite + "Plack/Part.pm").file(kSite + "Plack/Named.pm");
  image.file(kSite + "Other.pm").file(kSite + "Other/Named.pm");
  // HTTP is what many libraries have in common: there is no HTTP.pm.
  image
      .file(kSite + "HTTP/Body.pm",
            "package HTTP::Body;\nsub x { eval { require HTTP::Body::Part; "
            "require HTTP::Date } }\n")
      .used("/" + kSite + "HTTP/Body.pm", trace::kRead);
  image.file(kSite + "HTTP/Body/Part.pm").file(kSite + "HTTP/Date.pm");
  CHECK(image.keeps(kSite + "Plack/Part.pm"));
  CHECK(image.keeps(kSite + "Called.pm"));
  CHECK(image.keeps(kSite + "Plack/Named.pm"));
  CHECK(image.keeps(kSite + "HTTP/Body/Part.pm"));
  for (const char* other : {"Other.pm", "Other/Named.pm", "HTTP/Date.pm"}) {
    INFO(other);
    CHECK_FALSE(image.keeps(kSite + other));
  }
}

TEST_CASE("tools and other systems' modules are not followed", "[perl]") {
  auto image =
      application("sub { require Pod::Usage; require Test::More; require File::Spec::Win32 }\n");
  image.file(kSite + "Pod/Usage.pm")
      .file(kSite + "Test/More.pm")
      .file(kSite + "File/Spec/Win32.pm");
  CHECK_FALSE(image.keeps(kSite + "Pod/Usage.pm"));
  CHECK_FALSE(image.keeps(kSite + "Test/More.pm"));
  CHECK_FALSE(image.keeps(kSite + "File/Spec/Win32.pm"));
  // Unless a module that is kept would not load without them.
  image.file("app/app.psgi", "sub { require Late }\n");
  image.file(kSite + "Late.pm", "package Late;\nuse Test::More;\nsub f { require Pod::Usage }\n");
  CHECK(image.keeps(kSite + "Test/More.pm"));
  CHECK_FALSE(image.keeps(kSite + "Pod/Usage.pm"));
}

TEST_CASE("a module is searched where another was looked for", "[perl]") {
  auto image = application("sub { require Late }\n");
  image.directory("etc/perl").looked_up("/etc/perl/Plack.pm", false);
  image.looked_up("/etc/perl/Plack.pmc", false).file("etc/perl/Late.pm", "package Late;\n");
  image.file("srv/other/Late.pm", "package Late;\n");
  CHECK(image.keeps("etc/perl/Late.pm"));
  CHECK_FALSE(image.keeps("srv/other/Late.pm"));
}

TEST_CASE("a module is searched where the interpreter was built to", "[perl]") {
  MemoryImage image;
  image.program("usr/bin/perl", std::string("x\0/usr/share/perl/5.36\0/usr/share/perl5\0y", 41));
  image.file("app/a.pl", "sub f { require Late; }").used("/app/a.pl", trace::kRead);
  image.symlink("usr/share/perl/5.36", "5.36.0").file("usr/share/perl/5.36.0/Late.pm", "1;\n");
  CHECK_FALSE(image.keeps("usr/share/perl/5.36.0/Late.pm"));
  image.used("/usr/bin/perl", trace::kExecuted);
  CHECK(image.keeps("usr/share/perl/5.36.0/Late.pm"));
  CHECK(image.keeps("usr/share/perl/5.36"));
}

TEST_CASE("a script that settings name brings what it loads, though no Perl ran", "[perl]") {
  MemoryImage image;
  image.program("usr/bin/perl", std::string("x\0/usr/share/perl5\0y", 20));
  image.file("etc/web/site.conf", "page /usr/share/pages/page.cgi;\n");
  image.used("/etc/web/site.conf", trace::kRead);
  image.program("usr/share/pages/page.cgi", "#!/usr/bin/perl\nuse CGI;\n");
  image.file(kSite + "CGI.pm", "package CGI;\nuse Deep;\nsub f { require HTML::Entities; }\n");
  image.file(kSite + "Deep.pm", "package Deep;\nsub f { require Never; }\n");
  image.file(kSite + "HTML/Entities.pm", "package HTML::Entities;\n").file(kSite + "Never.pm");
  CHECK(image.keeps(kSite + "CGI.pm"));
  CHECK(image.keeps(kSite + "Deep.pm"));
  CHECK(image.keeps(kSite + "HTML/Entities.pm"));
  CHECK_FALSE(image.keeps(kSite + "Never.pm"));
  image.file("etc/web/site.conf", "");
  CHECK_FALSE(image.keeps(kSite + "CGI.pm"));
}

TEST_CASE("the one that ran is the first in @INC", "[perl]") {
  auto image = application("use Plack;\n");
  image.file(kCore + "Plack.pm", "package Plack;\n");
  CHECK_FALSE(image.keeps(kCore + "Plack.pm"));
}

TEST_CASE("names made at run time", "[perl]") {
  auto image = application("enable('Static'); zone('Europe/Berlin');\n");
  image
      .file(kSite + "Plack/Builder.pm",
            "package Plack::Builder;\nload(\"Plack::Middleware::$n\"); load(\"Zone::$z\");\n")
      .used("/" + kSite + "Plack/Builder.pm", trace::kRead);
  image.file(kSite + "Plack/Middleware/Static.pm",
             "package Plack::Middleware::Static;\nuse Named;\n");
  image.file(kSite + "Named.pm", "package Named;\n");
  // A small name space is kept whole, of a large one what is named.
  image.file(kSite + "Plack/Middleware/Gzip.pm", "package Plack::Middleware::Gzip;\nuse Other;\n");
  image.file(kSite + "Other.pm", "package Other;\n");
  image.file(kSite + "Zone/Large.pm", std::string(200 << 10, '#'));
  image.file(kSite + "Zone/Europe/Berlin.pm").file(kSite + "Zone/Europe/Rome.pm");
  CHECK(image.keeps(kSite + "Plack/Middleware/Static.pm"));
  CHECK(image.keeps(kSite + "Named.pm"));
  CHECK(image.keeps(kSite + "Plack/Middleware/Gzip.pm"));
  CHECK_FALSE(image.keeps(kSite + "Other.pm"));
  CHECK(image.keeps(kSite + "Zone/Europe/Berlin.pm"));
  CHECK_FALSE(image.keeps(kSite + "Zone/Europe/Rome.pm"));
  CHECK_FALSE(image.keeps(kSite + "Zone/Large.pm"));
}

TEST_CASE("a pragma's object is kept with it, which does not load without", "[perl]") {
  auto image = application("sub { require Late }\n");
  image.file(kCore + "Late.pm", "package Late;\nuse re 'taint';\n");
  image.file(kCore + "re.pm", "package re;\n").file(kCore + "auto/re/re.so");
  CHECK(image.keeps(kCore + "auto/re/re.so"));
}

TEST_CASE("a module's objects, split subs and shared files", "[perl]") {
  auto image = application("sub { require Net::Late }; my $l = 'de';\n");
  image.file(kCore + "Net/Late.pm", "package Net::Late;\n");
  image.file(kCore + "auto/Net/Late/Late.so").file(kCore + "auto/Net/Late/sub.al");
  image.file(kCore + "auto/Net/Late/autosplit.ix").file(kCore + "auto/Net/Late/late.h");
  image.file(kCore + "auto/Net/Late/Part/Part.so");
  image.file(kSite + "auto/share/dist/Net-Late/table.txt");
  image.file(kSite + "auto/share/module/Net-Late/de.pl")
      .file(kSite + "auto/share/module/Net-Late/fr.pl", std::string(600 << 10, 'x'));
  for (const char* kept : {"Late.so", "sub.al", "autosplit.ix"}) {
    CHECK(image.keeps(kCore + "auto/Net/Late/" + kept));
  }
  CHECK_FALSE(image.keeps(kCore + "auto/Net/Late/late.h"));
  CHECK_FALSE(image.keeps(kCore + "auto/Net/Late/Part/Part.so"));
  CHECK(image.keeps(kSite + "auto/share/dist/Net-Late/table.txt"));
  CHECK(image.keeps(kSite + "auto/share/module/Net-Late/de.pl"));
  CHECK_FALSE(image.keeps(kSite + "auto/share/module/Net-Late/fr.pl"));
}

TEST_CASE("character sets: the common ones, and those that the application names", "[perl]") {
  auto image = application("decode('Shift_JIS', $x)\n");
  image
      .file(
          kCore + "Encode/Config.pm",
          "package Encode::Config;\n'shiftjis' => 'Encode::JP',\n  'big5-eten' => 'Encode::TW',\n")
      .used("/" + kCore + "Encode/Config.pm", trace::kRead);
  for (const char* name : {"Byte", "JP", "TW"}) {
    image.file(kCore + "Encode/" + name + ".pm", std::string("package Encode::") + name + ";\n");
    image.file(kCore + "auto/Encode/" + name + "/" + name + ".so");
  }
  CHECK(image.keeps(kCore + "auto/Encode/Byte/Byte.so"));
  CHECK(image.keeps(kCore + "auto/Encode/JP/JP.so"));
  CHECK_FALSE(image.keeps(kCore + "Encode/TW.pm"));
}

TEST_CASE("tables of Unicode for the modules that ask for them", "[perl]") {
  auto image = application("sub { require Unicode::UCD }\n");
  image.file(kCore + "unicore/Blocks.txt").file(kCore + "unicore/lib/Sc/Latn.pl");
  CHECK_FALSE(image.keeps(kCore + "unicore/Blocks.txt"));
  image.file(kCore + "Unicode/UCD.pm", "package Unicode::UCD;\n");
  CHECK(image.keeps(kCore + "unicore/Blocks.txt"));
  // Before Perl 5.32.
  auto old = application("1;\n");
  old.file(kCore + "utf8.pm", "package utf8;\n").used("/" + kCore + "utf8.pm", trace::kRead);
  old.file(kCore + "utf8_heavy.pl").file(kCore + "unicore/lib/Sc/Latn.pl");
  CHECK(old.keeps(kCore + "unicore/lib/Sc/Latn.pl"));
}
