// SPDX-License-Identifier: Apache-2.0
// What Ruby loads later: names in sources, the load path, gems and encodings.
#include <catch2/catch.hpp>

#include "keepset/ruby_source.hpp"
#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset;
using namespace slim::keepset::test;
namespace trace = slim::trace;

namespace {

constexpr auto kFeature = RubyRequire::Kind::feature;
constexpr auto kRelative = RubyRequire::Kind::relative;
constexpr auto kMember = RubyRequire::Kind::member;
constexpr auto kNamed = RubyRequire::Kind::named;
const std::string kStandard = "usr/lib/ruby/3.1.0/";
const std::string kGems = "usr/share/rubygems-integration/all/gems/";

}  // namespace

TEST_CASE("of features one of which is chosen at run time all are kept", "[ruby]") {
  MemoryImage image;
  const std::string lib = kGems + "mini-1.1/lib/";
  image.file(lib + "mini.rb", "def backend=(name)\n  require \"mini/back/#{name.downcase}\"\nend\n");
  image.used("/" + lib + "mini.rb", trace::kRead);
  image.file(lib + "mini/back/rexml.rb", "require 'rest'\n").file(lib + "rest.rb", "");
  image.file(lib + "mini/other.rb");
  CHECK(image.keeps(lib + "mini/back/rexml.rb"));
  CHECK(image.keeps(lib + "rest.rb"));
  CHECK_FALSE(image.keeps(lib + "mini/other.rb"));
  image.file(lib + "mini/back/large.rb", std::string(128u << 10, 'x'));
  CHECK_FALSE(image.keeps(lib + "mini/back/rexml.rb"));
}

TEST_CASE("a feature chosen at run time may be beside the source that chooses", "[ruby]") {
  MemoryImage image;
  const std::string lib = kGems + "mini-1.1/lib/";
  image.file(lib + "mini/pool.rb", "require_relative \"pool/#{name}\"\n")
      .used("/" + lib + "mini/pool.rb", trace::kRead);
  image.file(lib + "mini/pool/threaded.rb").file(lib + "pool/other.rb");
  CHECK(image.keeps(lib + "mini/pool/threaded.rb"));
  CHECK_FALSE(image.keeps(lib + "pool/other.rb"));
}

TEST_CASE("of many features those are kept that the application or the environment names", "[ruby]") {
  MemoryImage image;
  const std::string lib = kGems + "mini-1.1/lib/";
  image.file(lib + "mini.rb", "require \"mini/back/#{name}\"\n").used("/" + lib + "mini.rb", trace::kRead);
  image.file(lib + "mini/back/large.rb", std::string(128u << 10, 'x'));
  image.file(lib + "mini/back/rexml.rb", "require 'rest'\n").file(lib + "rest.rb");
  for (const char* name : {"ox", "sax", "yaml"}) image.file(lib + "mini/back/" + name + ".rb");
  image.file("srv/app.rb", "Mini.RexML # large_one\n").used("/srv/app.rb", trace::kRead);
  image.file("srv/app.yml", "back: ox\n").used("/srv/app.yml", trace::kRead);
  image.options.environment = {"BACK=sax://here"};
  CHECK(image.keeps(lib + "mini/back/rexml.rb"));
  CHECK(image.keeps(lib + "rest.rb"));
  CHECK(image.keeps(lib + "mini/back/ox.rb"));
  CHECK(image.keeps(lib + "mini/back/sax.rb"));
  CHECK_FALSE(image.keeps(lib + "mini/back/yaml.rb"));
  CHECK_FALSE(image.keeps(lib + "mini/back/large.rb"));
}

TEST_CASE("a gem may have its features in a directory of its own name", "[ruby]") {
  MemoryImage image;
  const std::string inner = kGems + "many-rb-1.1/lib/many-rb/";
  image.file("srv/app.rb", "require 'many/map'\n").used("/srv/app.rb", trace::kRead);
  image.file(inner + "many/map.rb").file(inner + "many/late.rb").file(inner + "map.rb");
  CHECK(image.keeps(inner + "many/map.rb"));
  CHECK_FALSE(image.keeps(inner + "many/late.rb"));
  CHECK_FALSE(image.keeps(inner + "map.rb"));
}

TEST_CASE("the names in a Ruby source", "[ruby]") {
  CHECK(ruby_requires_of("require 'set'\n  require(\"json/ext\") if x\n") ==
        std::vector<RubyRequire>{{kFeature, "set"}, {kFeature, "json/ext"}});
  CHECK(ruby_requires_of("require_relative 'lib/a'\nautoload :B, \"b/c\"\n") ==
        std::vector<RubyRequire>{{kRelative, "lib/a"}, {kFeature, "b/c"}});
  const std::string table =
      "autoload :SQLTypeMetadata\nautoload_under \"relation\" do\n  autoload :QueryMethods\nend\n"
      "autoload :Type\n";
  CHECK(ruby_requires_of(table) ==
        std::vector<RubyRequire>{{kMember, "sql_type_metadata"},
                                 {kMember, "relation/query_methods"},
                                 {kMember, "type"}});
  CHECK(ruby_requires_of("name.unicode_normalize(:nfkd)\n") ==
        std::vector<RubyRequire>{{kFeature, "unicode_normalize/normalize"}});
  CHECK(ruby_requires_of("x = Digest::MD5.hexdigest(Digest::SHA384.digest(y))\n") ==
        std::vector<RubyRequire>{{kFeature, "digest/md5"}, {kFeature, "digest/sha2"}});
  CHECK(ruby_requires_of("register_lazy :Erubi, 'tilt/erubi', 'erb'\n") ==
        std::vector<RubyRequire>{{kNamed, "tilt/erubi"}});
  for (const char* source :
       {"# require 'set'\n", "=begin\nrequire 'set'\n=end\n", "__END__\nrequire 'set'\n",
        "require \"a#{b}\"\n", "require name\n", "x.required 'set'\n", "prerequire 'set'\n",
        "autoload constant, 'set'\n", "'../up/there'\n", "'text/ and blanks'\n", "'"}) {
    INFO(source);
    CHECK(ruby_requires_of(source).empty());
  }
}

TEST_CASE("the load path's directories", "[ruby]") {
  CHECK(ruby_root_of("usr/lib/ruby/3.1.0/net/http.rb") == "usr/lib/ruby/3.1.0");
  CHECK(ruby_root_of("usr/lib/ruby/vendor_ruby/rack/mime.rb") == "usr/lib/ruby/vendor_ruby");
  CHECK(ruby_root_of("usr/lib/x86_64-linux-gnu/ruby/vendor_ruby/3.1.0/a/b.so") ==
        "usr/lib/x86_64-linux-gnu/ruby/vendor_ruby/3.1.0");
  CHECK(ruby_root_of("usr/local/lib/ruby/3.3.0/x86_64-linux/psych.so") ==
        "usr/local/lib/ruby/3.3.0/x86_64-linux");
  CHECK(ruby_root_of(kGems + "rack-2.2.4/lib/rack/mime.rb") == kGems + "rack-2.2.4/lib");
  CHECK(ruby_root_of(kGems + "rack-2.2.4/test/spec_mime.rb").empty());
  CHECK(ruby_root_of("usr/local/bundle/extensions/x86_64-linux/3.3.0/puma-6.4.0/puma/http.so") ==
        "usr/local/bundle/extensions/x86_64-linux/3.3.0/puma-6.4.0");
  CHECK(ruby_root_of("app/lib/shop.rb").empty());
  CHECK(ruby_gem_of(kGems + "net-http-0.3/lib/a.rb").name == "net-http-0.3");
  CHECK(ruby_gem_of("app/gems/own/lib/a.rb").name.empty());
}

TEST_CASE("what a used Ruby source names is kept, and what that names", "[ruby]") {
  MemoryImage image;
  image
      .file("usr/lib/shop/shop.rb",
            "get('/') { require 'csv' }\nrequire_relative 'lib/late'\n")
      .used("/usr/lib/shop/shop.rb", trace::kRead);
  image.file("usr/lib/shop/lib/late.rb").file("usr/lib/shop/lib/never.rb");
  image.file(kStandard + "csv.rb", "require 'csv/row'\n").file(kStandard + "csv/row.rb");
  image.file(kStandard + "csv/table.rb").file("home/me/csv.rb");
  CHECK(image.keeps("usr/lib/shop/lib/late.rb"));
  CHECK(image.keeps(kStandard + "csv.rb"));
  CHECK(image.keeps(kStandard + "csv/row.rb"));
  CHECK_FALSE(image.keeps("usr/lib/shop/lib/never.rb"));
  CHECK_FALSE(image.keeps(kStandard + "csv/table.rb"));
  CHECK_FALSE(image.keeps("home/me/csv.rb"));
}

TEST_CASE("a table of names leads to the library's own files only", "[ruby]") {
  MemoryImage image;
  image.file(kGems + "tilt-2.0.11/lib/tilt.rb", "register_lazy 'tilt/erubi', 'csv/row'\n")
      .used("/" + kGems + "tilt-2.0.11/lib/tilt.rb", trace::kRead);
  image.file(kGems + "tilt-2.0.11/lib/tilt/erubi.rb").file(kStandard + "csv/row.rb");
  CHECK(image.keeps(kGems + "tilt-2.0.11/lib/tilt/erubi.rb"));
  CHECK_FALSE(image.keeps(kStandard + "csv/row.rb"));
}

TEST_CASE("the package managers' lazy parts are not followed", "[ruby]") {
  MemoryImage image;
  const std::string vendor = "usr/lib/ruby/vendor_ruby/";
  image.file(vendor + "rubygems.rb", "require 'rubygems/installer'\n")
      .used("/" + vendor + "rubygems.rb", trace::kRead);
  image.file("opt/shop.rb", "require 'rubygems/installer'\n").used("/opt/shop.rb", trace::kRead);
  image.file(vendor + "rubygems/installer.rb");
  CHECK_FALSE(image.keeps(vendor + "rubygems/installer.rb"));
}

TEST_CASE("a native extension's strings name what it loads", "[ruby]") {
  MemoryImage image;
  image.file("opt/shop.rb", "require 'psych.so'\n").used("/opt/shop.rb", trace::kRead);
  image.file("usr/lib/x86_64-linux-gnu/ruby/3.1.0/psych.so",
             std::string("junk\0psych/syntax_error\0notpsych/other\0", 38));
  image.file(kStandard + "psych/syntax_error.rb").file(kStandard + "psych/other.rb");
  CHECK(image.keeps(kStandard + "psych/syntax_error.rb"));
  CHECK_FALSE(image.keeps(kStandard + "psych/other.rb"));
}

TEST_CASE("a used gem brings its specification and the mark of its extension", "[ruby]") {
  MemoryImage image;
  const std::string home = "var/lib/gems/3.1.0/";
  image.file(home + "gems/puma-5.6.5/lib/puma.rb")
      .used("/" + home + "gems/puma-5.6.5/lib/puma.rb", trace::kRead);
  image.file(home + "specifications/puma-5.6.5.gemspec");
  image.file(home + "extensions/x86_64-linux/3.1.0/puma-5.6.5/gem.build_complete");
  image.file(home + "specifications/rack-2.2.4.gemspec");
  CHECK(image.keeps(home + "specifications/puma-5.6.5.gemspec"));
  CHECK(image.keeps(home + "extensions/x86_64-linux/3.1.0/puma-5.6.5/gem.build_complete"));
  CHECK_FALSE(image.keeps(home + "specifications/rack-2.2.4.gemspec"));
}

TEST_CASE("the encodings that text is most often in", "[ruby]") {
  MemoryImage image;
  const std::string root = "usr/lib/x86_64-linux-gnu/ruby/3.1.0/enc/";
  image.file(root + "iso_8859_1.so").file(root + "trans/single_byte.so").file(root + "big5.so");
  CHECK_FALSE(image.keeps(root + "iso_8859_1.so"));
  image.file(root + "encdb.so").used("/" + root + "encdb.so", trace::kRead | trace::kMapped);
  CHECK(image.keeps(root + "iso_8859_1.so"));
  CHECK(image.keeps(root + "trans/single_byte.so"));
  CHECK_FALSE(image.keeps(root + "big5.so"));
}

TEST_CASE("sources of a Ruby application that did not run may", "[ruby][application]") {
  MemoryImage image;
  image.file("srv/app/config.ru", "run App")
      .file("srv/app/app.rb", "require File.join(pages, name)")
      .file("srv/app/pages/list.rb", "require 'csv'")
      .file("usr/lib/ruby/3.1.0/csv.rb", "")
      .file("usr/lib/ruby/3.1.0/set.rb", "")
      .used("/srv/app/app.rb", trace::kRead);
  CHECK(image.keeps("usr/lib/ruby/3.1.0/csv.rb"));
  CHECK_FALSE(image.keeps("usr/lib/ruby/3.1.0/set.rb"));
}

TEST_CASE("constants that a library loads by the name of their file are kept", "[ruby]") {
  MemoryImage image;
  const std::string lib = kGems + "record-6.1/lib/";
  image.file(lib + "record.rb", "extend ActiveSupport::Autoload\nautoload :SchemaDump\n");
  image.file(lib + "record/schema_dump.rb").file(lib + "schema_dump.rb");
  image.used("/" + lib + "record.rb", trace::kRead);
  CHECK(image.keeps(lib + "record/schema_dump.rb"));
  CHECK_FALSE(image.keeps(lib + "schema_dump.rb"));
}

TEST_CASE("small data of a gem that is used are kept", "[ruby]") {
  MemoryImage image;
  const std::string gem = kGems + "money-6.1/", other = kGems + "fonts-1.0/";
  const std::string vendor = "usr/lib/ruby/vendor_ruby/";
  for (const char* name : {"lib/money.rb", "config/iso.json", "README", "spec/data.json",
                           "lib/money/table", "ext/a.c", "lib/generators/x.tt"})
    image.file(gem + name);
  image.file(other + "lib/fonts.rb").file(other + "lib/large.z", std::string(600u << 10, 'x'));
  image.file(other + "lib/small/x.z").file(vendor + "idn.rb").file(vendor + "idn/table.txt");
  image.file(vendor + "else/table.txt");
  CHECK_FALSE(image.keeps(gem + "config/iso.json"));
  for (const std::string& path : {gem + "lib/money.rb", other + "lib/fonts.rb", vendor + "idn.rb"})
    image.used("/" + path, trace::kRead);
  for (const std::string& path : {gem + "config/iso.json", gem + "lib/money/table",
                                  other + "lib/small/x.z", vendor + "idn/table.txt"}) {
    INFO(path);
    CHECK(image.keeps(path));
  }
  for (const std::string& path : {gem + "README", gem + "spec/data.json", gem + "ext/a.c",
                                  gem + "lib/generators/x.tt", other + "lib/large.z",
                                  vendor + "else/table.txt"}) {
    INFO(path);
    CHECK_FALSE(image.keeps(path));
  }
}
