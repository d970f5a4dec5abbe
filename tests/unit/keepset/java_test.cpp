// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "keepset/java_class.hpp"
#include "slim/image/zip.hpp"
#include "slim/trace/call_evidence.hpp"
#include "slim/trace/import_calls.hpp"
#include "slim/trace/script_calls.hpp"
#include "unit/keepset/java_image.hpp"
#include "unit/keepset/memory_image.hpp"

using namespace slim;
using namespace slim::keepset;
using namespace slim::keepset::test;

namespace {

const std::string kHome = "usr/lib/jvm/java-17/";

std::vector<std::string> unpacked(std::string_view zip, uint64_t budget = 1000) {
  std::vector<std::string> found;
  image::for_each_in_zip(zip, budget, [](std::string_view name) { return name != "no"; },
                  [&](const image::ZipMember& member) {
                    found.push_back(std::string(member.name) + "=" + std::string(member.content));
                  });
  return found;
}

// A machine that runs shop.jar, which is in the application's own directory.
MemoryImage running(const std::string& jar) {
  MemoryImage image;
  image.file(kHome + "lib/server/libjvm.so").used("/" + kHome + "lib/server/libjvm.so", trace::kMapped);
  image.program(kHome + "bin/java").executed("/" + kHome + "bin/java");
  image.file("srv/shop/shop.jar", jar).used("/srv/shop/shop.jar", trace::kRead);
  return image;
}

std::string jar_of(const std::vector<ClassParts>& classes) {
  std::vector<Packed> members;
  for (const ClassParts& each : classes) members.push_back({each.name + ".class", make_class(each)});
  return make_zip(members);
}

bool reaches(const MemoryImage& image, const std::string& fact) {
  const auto keep = image.compute();
  return keep && keep->reachable && keep->reachable->contains(fact);
}

}  // namespace

TEST_CASE("members of a ZIP archive", "[java]") {
  const std::string text(300, 'a');
  const std::string zip = make_zip({{"a", "stored"}, {"no", "x"}, {"b", text, true}});
  const std::vector<std::string> expected{"a=stored", "b=" + text};
  CHECK(unpacked(zip) == expected);
  CHECK(unpacked("#!/bin/sh\n" + zip) == expected);
  CHECK(unpacked(zip, 100) == std::vector<std::string>{"a=stored"});
  std::string damaged = zip;
  damaged[damaged.find("stored")] = 'S';
  CHECK(unpacked(damaged) == std::vector<std::string>{"b=" + text});
  CHECK(unpacked("").empty());
  for (size_t cut = 1; cut < zip.size(); ++cut) {
    CHECK(unpacked(zip.substr(cut)).size() <= 2);
    CHECK(unpacked(zip.substr(0, cut)).empty());
  }
}

TEST_CASE("what a Java class names", "[java]") {
  const std::string bytes = make_class({"a/B", {"java/lang/Runtime"}, {"exec"}, {"ls -l"}});
  const auto found = java_class_of(bytes);
  REQUIRE(found);
  CHECK(found->name == "a/B");
  CHECK(found->classes == std::set<std::string_view>{"a/B", "java/lang/Runtime"});
  CHECK(found->members == std::set<std::string_view>{"exec"});
  CHECK(found->constants == std::set<std::string_view>{"ls -l"});
  for (size_t cut = 0; cut < bytes.size(); ++cut) CHECK_FALSE(java_class_of(bytes.substr(0, cut)));
}

TEST_CASE("programs that Java's own classes start are kept", "[java]") {
  const ClassParts starter{"shop/Run", {"java/lang/ProcessBuilder"}, {}, {"sh"}};
  MemoryImage image = running(jar_of({starter, {"shop/Main", {"shop/Run"}, {}, {"sort", "cat a | wc -l"}},
                                      {"shop/Other", {}, {}, {"date"}}}));
  for (const char* name : {"sh", "sort", "cat", "wc", "date"})
    image.program("usr/bin/" + std::string(name));
  for (const char* name : {"sh", "sort", "cat", "wc"}) CHECK(image.keeps("usr/bin/" + std::string(name)));
  CHECK_FALSE(image.keeps("usr/bin/date"));
  CHECK(reaches(image, std::string(trace::kStarts)));
  // Not those of a library, which is made for every occasion.
  const std::string library = jar_of({starter});
  image.file("srv/shop/shop.jar", make_zip({{"BOOT-INF/lib/run.jar", library}}));
  CHECK_FALSE(image.keeps("usr/bin/sh"));
  CHECK_FALSE(reaches(image, std::string(trace::kStarts)));
}

TEST_CASE("native libraries that Java classes load by name are kept", "[java]") {
  const ClassParts loader{"db/Loader", {}, {"loadLibrary"}, {"dbjni"}};
  MemoryImage image = running(make_zip({{"BOOT-INF/lib/db.jar", jar_of({loader})}}));
  image.file("usr/lib/jni/libdbjni.so").file("usr/lib/x86_64-linux-gnu/jni/libdbjni.so");
  image.file("usr/lib/jni/libother.so");
  CHECK(image.keeps("usr/lib/jni/libdbjni.so"));
  CHECK(image.keeps("usr/lib/x86_64-linux-gnu/jni/libdbjni.so"));
  CHECK_FALSE(image.keeps("usr/lib/jni/libother.so"));
  image.file("srv/shop/shop.jar", jar_of({{"db/Loader", {}, {"load"}, {"dbjni"}}}));
  CHECK_FALSE(image.keeps("usr/lib/jni/libdbjni.so"));
}

TEST_CASE("what writes texts into pictures is kept where Java classes do", "[java]") {
  MemoryImage image = running(jar_of({{"shop/Chart", {"java/awt/Image"}, {}, {}}}));
  image.host(kHome + "lib/libfontmanager.so", "/bin/bash").file(kHome + "lib/libawt_xawt.so");
  image.host("lib/x86_64-linux-gnu/libfontconfig.so.1", "/bin/bash").file("etc/fonts/fonts.conf");
  CHECK_FALSE(image.keeps(kHome + "lib/libfontmanager.so"));
  image.file("srv/shop/shop.jar", jar_of({{"shop/Chart", {"java/awt/Font"}, {}, {}}}));
  CHECK(image.keeps(kHome + "lib/libfontmanager.so"));
  CHECK(image.keeps("lib/x86_64-linux-gnu/libfontconfig.so.1"));
  CHECK(image.keeps("etc/fonts/fonts.conf"));
  CHECK_FALSE(image.keeps(kHome + "lib/libawt_xawt.so"));
}

TEST_CASE("what Java's own classes say they do is known", "[java][reach]") {
  const auto with = [](const ClassParts& parts) { return running(jar_of({parts})); };
  const std::string chown = trace::import_fact(trace::kScripted, "chown");
  CHECK(reaches(with({"A", {"java/net/Socket"}, {}, {}}), std::string(trace::kConnects)));
  CHECK(reaches(with({"A", {"java/nio/channels/FileChannel"}, {}, {}}), std::string(trace::kKeepsFiles)));
  CHECK(reaches(with({"A", {"java/nio/file/Files"}, {"setOwner"}, {}}), chown));
  const MemoryImage other = with({"A", {"java/lang/Object"}, {"toString"}, {"Socket setOwner"}});
  for (const std::string& fact : {std::string(trace::kConnects), std::string(trace::kKeepsFiles), chown})
    CHECK_FALSE(reaches(other, fact));
}
