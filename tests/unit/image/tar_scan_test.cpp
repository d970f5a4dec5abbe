// SPDX-License-Identifier: Apache-2.0
#include "image/tar_scan.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "image_builder.hpp"
#include "slim/base/child.hpp"

using namespace slim;
using namespace slim::image;
using namespace slim::image::test;
using Catch::Contains;
using Catch::StartsWith;

namespace {

Result<TarIndex> index_of(const std::string& path) {
  const Interrupt never;
  return TarIndex::open(value_of(open_file(path, O_RDONLY)), "x.tar", never);
}
Result<TarIndex> index_of_bytes(const std::string& bytes) {
  const TempDir dir = scratch();
  return index_of(write(dir, "x.tar", bytes));
}

std::string text_at(const TarIndex& index, const std::string& member) {
  const ByteRange range = value_of(index.find(member));
  std::string text(range.size, '\0');
  REQUIRE(pread(range.file->get(), text.data(), text.size(), static_cast<off_t>(range.offset)) ==
          static_cast<ssize_t>(text.size()));
  return text;
}

void run(const std::vector<std::string>& argv, const std::string& directory) {
  const Interrupt never;
  SpawnOptions options;
  options.working_directory = directory;
  const Output output = value_of(run_command(argv, never, options));
  INFO(output.err);
  REQUIRE(output.status.ok());
}

}  // namespace

TEST_CASE("members stand where GNU tar put them, in each of its formats") {
  const TempDir dir = scratch();
  const std::string deep = std::string(90, 'd') + "/" + std::string(120, 'n');
  const std::string very_deep = std::string(150, 'e') + "/" + std::string(200, 'm');
  const std::string format = GENERATE(as<std::string>{}, "ustar", "gnu", "posix", "v7");
  CAPTURE(format);
  std::vector<std::string> names = {"short", "empty"};
  if (format != "v7") names.push_back(std::string(100, 'a') + "/" + std::string(90, 'b'));
  if (format == "gnu" || format == "posix") names.insert(names.end(), {deep, very_deep});
  for (const std::string& name : names) {
    write(dir, name, name == "empty" ? "" : "content of " + name + std::string(600, '.'));
  }
  run({"tar", "--format=" + format, "-cf", "x.tar", "./short"}, dir.path());
  // Appended, so that there is a "./" name and an end-of-archive in the middle is not read over.
  for (size_t i = 1; i < names.size(); ++i) {
    run({"tar", "--format=" + format, "-rf", "x.tar", names[i]}, dir.path());
  }
  const TarIndex index = value_of(index_of(dir.path() + "/x.tar"));
  for (const std::string& name : names) {
    CHECK(text_at(index, name) ==
          (name == "empty" ? "" : "content of " + name + std::string(600, '.')));
  }
  CHECK_FALSE(index.contains("other"));
  CHECK_THAT(error_of(index.find("other")), StartsWith("image: ") && Contains("no member 'other'"));
}

TEST_CASE("sizes may be binary or in a pax record") {
  const std::string big = tar({{"f", "hello", '0', "", std::string("\x80\0\0\0\0\0\0\0\0\0\0\5", 12)}});
  CHECK(text_at(value_of(index_of_bytes(big)), "f") == "hello");
  const std::string pax =
      tar({{"PaxHeaders/f", "10 size=5\n12 path=a/b\n", 'x'}, {"f", "hello", '0', "", "00000000000"}});
  // The builder pads by the data, so the header's own 0 is overruled by the record's 5.
  CHECK(text_at(value_of(index_of_bytes(pax)), "a/b") == "hello");
}

TEST_CASE("links lead to members and never out of the archive") {
  const TarIndex index = value_of(index_of_bytes(tar({
      {"one/layer.tar", "data"},
      {"two/layer.tar", "", '2', "../one/layer.tar"},
      {"three", "", '1', "two/layer.tar"},
      {"four", "", '2', "/one/layer.tar"},
      {"out", "", '2', "../../../../etc/passwd"},
      {"loop", "", '2', "pool"},
      {"pool", "", '2', "loop"},
      {"dangling", "", '2', "nowhere"},
      {"directory/", "", '5'},
      {"device", "", '3'},
  })));
  for (const char* name : {"two/layer.tar", "three", "four"}) CHECK(text_at(index, name) == "data");
  CHECK_THAT(error_of(index.find("out")), Contains("not a regular file"));
  CHECK_THAT(error_of(index.find("loop")), Contains("leads nowhere"));
  CHECK_THAT(error_of(index.find("dangling")), Contains("'dangling' is a link"));
  CHECK_THAT(error_of(index.find("directory")), Contains("not a regular file"));
  CHECK_THAT(error_of(index.find("device")), Contains("not a regular file"));
}

TEST_CASE("a later member replaces an earlier one") {
  const std::string bytes = tar({{"a", "old"}, {"./a", "new"}});
  CHECK(text_at(value_of(index_of_bytes(bytes)), "a") == "new");
}

TEST_CASE("an archive cut anywhere is truncated or lacks a member, but is never misread") {
  const std::string whole = tar({{"a", std::string(700, 'a')}, {"b", std::string(700, 'b')}});
  const size_t second = 512 + 1024;
  for (size_t length = 1; length < second + 512 + 1024; length += 100) {
    CAPTURE(length);
    const auto index = index_of_bytes(whole.substr(0, length));
    if (length < 512) CHECK_THAT(error_of(index), Contains("is not a tar archive"));
    if (length >= 512) CHECK_THAT(error_of(index), Contains("is truncated"));
  }
  const TarIndex first = value_of(index_of_bytes(whole.substr(0, second)));
  CHECK(text_at(first, "a") == std::string(700, 'a'));
  CHECK_FALSE(first.contains("b"));
}

TEST_CASE("damaged archives say where") {
  std::string bytes = tar({{"a", "x"}, {"b", "y"}});
  bytes[1024 + 3] ^= 1;
  CHECK_THAT(error_of(index_of_bytes(bytes)), Contains("no tar header at byte 1024"));
  CHECK_THAT(error_of(index_of_bytes(tar({{"a", "", '0', "", std::string(12, '\xff')}}))),
             Contains("impossible size"));
  CHECK_THAT(error_of(index_of_bytes(
                 tar({{"a", "", '0', "", std::string("\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 12)}}))),
             Contains("impossible size"));
  CHECK_THAT(error_of(index_of_bytes(tar({{"a", "", '0', "", "77777777777"}}))),
             Contains("is truncated") && Contains("'a'"));
  CHECK_THAT(error_of(index_of_bytes(tar({{"x", "99 path=a\n", 'x'}, {"f", ""}}))),
             Contains("pax header"));
  CHECK_THAT(error_of(index_of_bytes(tar({{"x", "9 sizes=\n7 size=\n", 'x'}, {"f", ""}}))),
             Contains("pax header"));
  CHECK_THAT(error_of(index_of_bytes(tar({{"x", "27 size=99999999999999999999\n", 'x'}, {"f", ""}}))),
             Contains("pax header"));
  CHECK_THAT(error_of(index_of_bytes(tar({{"L", "", 'L', "", "77777777777"}}))),
             Contains("an extended header of"));
  CHECK_THAT(error_of(index_of_bytes(tar({{"L", "name", 'L'}}))), Contains("truncated"));
}
