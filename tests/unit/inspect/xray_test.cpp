// SPDX-License-Identifier: Apache-2.0
#include "slim/inspect/xray.hpp"

#include <catch2/catch.hpp>

#include "inspect/history.hpp"
#include "inspect/parts.hpp"
#include "memory_side.hpp"

using namespace slim;
using namespace slim::inspect;
using image::EntryType;
using test::MemorySide;

namespace {

std::string step(const std::string& created_by) {
  const BuildStep read = read_step(created_by);
  std::string text = read.instruction + "|" + read.text;
  for (const auto& [name, value] : read.build_arguments) text += "|" + name + "=" + value;
  return text;
}

}  // namespace

TEST_CASE("steps are read back from every builder's history") {
  CHECK(step("/bin/sh -c #(nop)  CMD [\"sh\"]") == "CMD|[\"sh\"]");
  CHECK(step("/bin/sh -c #(nop) ADD file:0a1 in / ") == "ADD|file:0a1 in /");
  CHECK(step("/bin/sh -c apt-get update") == "RUN|apt-get update");
  CHECK(step("RUN /bin/sh -c apt-get update # buildkit") == "RUN|apt-get update");
  CHECK(step("COPY . /app # buildkit") == "COPY|. /app");
  CHECK(step("|2 A=1 B=x y /bin/sh -c make") == "RUN|make|A=1|B=x y");
  CHECK(step("RUN |1 A=1 /bin/sh -c make # buildkit") == "RUN|make|A=1");
  CHECK(step("EXPOSE map[80/tcp:{}]") == "EXPOSE|map[80/tcp:{}]");
  CHECK(step("debuerreotype 0.15") == "|debuerreotype 0.15");
  CHECK(step("|x") == "||x");
  CHECK(step("|1") == "||1");
  CHECK(step("") == "|");
}

TEST_CASE("steps that made a layer are told with it, if their number fits") {
  image::ImageConfig config;
  config.history = {{"/bin/sh -c #(nop) ADD file:1 in /", "", false},
                    {"/bin/sh -c #(nop) ENV A_TOKEN=abc", "", true},
                    {"/bin/sh -c make", "", false}};
  const auto steps = steps_of(config, 2);
  CHECK(steps[0].layer == 0);
  CHECK(steps[1].layer == -1);
  CHECK(steps[1].text == "A_TOKEN=***");
  CHECK(steps[2].layer == 1);
  CHECK(steps_of(config, 3)[2].layer == -1);
}

TEST_CASE("special files are told with their kind") {
  MemorySide image;
  image.put("su", EntryType::file, 04755);
  image.put("wall", EntryType::file, 02755);
  image.put("lock", EntryType::file, 02644);  // not executable by the group
  image.put("ping", EntryType::file, 0755).xattrs["security.capability"] =
      std::string("\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                  "\x00\x00\x00\x00", 20);
  image.put("tmp", EntryType::directory, 01777);
  image.put("open", EntryType::directory, 0777);
  image.put("note", EntryType::file, 0666);
  image.put("lnk", EntryType::symlink, 0777);
  image.put("null", EntryType::char_device, 0666).device_major = 1;
  image.side();
  std::vector<std::string> found;
  for (const auto& file : special_files(image.index))
    found.push_back(file.path + " " + std::string(name(file.kind)) + " " + file.detail);
  CHECK(found == std::vector<std::string>{"note world-writable file", "null device char 1:0",
                                          "open world-writable directory",
                                          "ping capabilities cap_net_raw", "su setuid 0:0",
                                          "wall setgid 0:0"});
}

TEST_CASE("duplicates are files of equal content, not names of one file") {
  MemorySide image;
  image.file("a", "12345678");
  image.file("b", "12345678");
  image.file("c", "12345679");
  image.file("l1", "abcdefgh").link_group = 1;
  image.file("l2", "abcdefgh").link_group = 1;
  image.file("s1", "x");
  image.file("s2", "x");
  const image::ImageConfig config;
  const Layers layers;
  const Side side = image.side();
  const auto found = find_duplicates({config, image.index, layers, side.open, nullptr}, 2);
  REQUIRE(found);
  REQUIRE(found->size() == 1);
  CHECK((*found)[0].paths == std::vector<std::string>{"a", "b"});
  CHECK((*found)[0].saved_by_links() == 8);
}

TEST_CASE("a directory that is large only because of one below is left out") {
  MemorySide image;
  image.file("usr/lib/big", std::string(1000, 'x'));
  image.file("usr/lib/other", std::string(500, 'x'));
  image.file("usr/bin/small", std::string(10, 'x'));
  image.file("etc/f", std::string(100, 'x'));
  image.side();
  const auto found = largest_directories(image.index, 2);
  REQUIRE(found.size() == 2);
  CHECK(found[0].path == "usr/lib");
  CHECK(found[0].bytes == 1500);
  CHECK(found[1].path == "etc");
}
