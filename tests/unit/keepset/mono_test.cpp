// SPDX-License-Identifier: Apache-2.0
// What Mono loads later: assemblies that others refer to, and native libraries.
#include <catch2/catch.hpp>

#include "unit/keepset/memory_image.hpp"

using namespace slim::keepset::test;
using namespace std::string_literals;
namespace trace = slim::trace;

TEST_CASE("what assemblies of Mono refer to is kept", "[mono]") {
  MemoryImage image;
  const std::string cache = "usr/lib/mono/gac/";
  const auto assembly = [&](const std::string& name, const std::string& refers_to) {
    image.file(cache + name + "/4.0__b7/" + name + ".dll", "MZ BSJB\0"s + refers_to + "\0"s);
  };
  assembly("System.Data", "System.Numerics");
  assembly("System.Numerics", "mscorlib");
  assembly("System.Web", "System.Xml");
  assembly("System.Xml", "");
  image.file("app/main.exe", "MZ BSJB\0Main\0System.Data\0System.Webs\0"s);
  image.file("etc/mono/config", "<dllmap dll=\"a\" target=\"$mono_libdir/libmono-native.so\"/>");
  image.symlink("usr/lib/libmono-native.so", "libmono-native.so.0").file("usr/lib/libmono-native.so.0");
  CHECK_FALSE(image.keeps(cache + "System.Data/4.0__b7/System.Data.dll"));
  image.used("/app/main.exe", trace::kMapped).used("/etc/mono/config", trace::kRead);
  CHECK(image.keeps(cache + "System.Data/4.0__b7/System.Data.dll"));
  CHECK(image.keeps(cache + "System.Numerics/4.0__b7/System.Numerics.dll"));
  CHECK_FALSE(image.keeps(cache + "System.Web/4.0__b7/System.Web.dll"));
  CHECK(image.keeps("usr/lib/libmono-native.so"));
  CHECK(image.keeps("usr/lib/libmono-native.so.0"));
}
