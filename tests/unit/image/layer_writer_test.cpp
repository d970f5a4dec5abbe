// SPDX-License-Identifier: Apache-2.0
#include "unit/image/layer_tars.hpp"

using namespace slim;
using namespace slim::image;
using namespace slim::image::layer_test;

namespace {

std::string written(const Scratch& scratch, const std::vector<ReadFile>& files,
                    LayerWriter::Summary* summary = nullptr) {
  const Fd out = *open_file(scratch.path("written.tar"), O_RDWR | O_CREAT | O_TRUNC, 0644);
  auto writer = LayerWriter::create(out, "written.tar");
  REQUIRE(writer);
  for (const ReadFile& file : files) {
    if (file.entry.type != EntryType::file) {
      REQUIRE(writer->add(file.entry, nullptr));
      continue;
    }
    const Fd content = *open_file(scratch.path("content"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    REQUIRE(write_all(content, file.content, "content"));
    const auto added = writer->add(file.entry, &content);
    INFO((added ? "" : added.error().text()));
    REQUIRE(added);
  }
  const auto done = writer->finish();
  REQUIRE(done);
  if (summary != nullptr) *summary = *done;
  return *read_file(scratch.path("written.tar"));
}

std::vector<ReadFile> difficult_files() {
  std::vector<ReadFile> files;
  const auto add = [&](std::string path, EntryType type) -> Entry& {
    ReadFile file;
    file.entry.path = std::move(path);
    file.entry.type = type;
    file.entry.mode = type == EntryType::symlink ? 0777 : 0644;
    file.entry.mtime = {1700000000, 0};
    files.push_back(std::move(file));
    return files.back().entry;
  };
  const auto fill = [&](std::string content) {
    files.back().entry.size = content.size();
    files.back().content = std::move(content);
  };
  add("", EntryType::directory).mode = 01755;
  Entry& all = add("all", EntryType::file);
  all.mode = 06755;
  all.uid = 3'000'000;
  all.gid = 4294967294;
  all.mtime = {-2, 500'000'000};
  all.xattrs["security.capability"] = std::string("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  all.xattrs["user.new\nline%=and more"] = std::string("=\n\0\xff", 4);
  all.xattrs["user.empty"] = "";
  fill("content");
  add("block", EntryType::block_device).device_major = 4095;
  files.back().entry.device_minor = 1048575;
  add("empty", EntryType::file).mtime = {1700000000, 1};
  add("fifo", EntryType::fifo);
  add("hard", EntryType::hardlink).target = "all";
  add("holes", EntryType::file).mtime = {1, 0};
  std::string content(3 << 20, '\0');
  content.replace(1'000'000, 5, "hello");
  fill(content);
  add("soft", EntryType::symlink).target = std::string(3000, 't');
  add("v/" + std::string(120, 'n'), EntryType::directory);
  add("w/" + std::string(90, 'd') + "/" + std::string(99, 'n'), EntryType::file);
  add("x\xff\n", EntryType::file);
  std::string deep = "y";
  for (int i = 0; i < 40; ++i) deep += "/" + std::string(200, 'd');
  add(deep, EntryType::directory);
  return files;
}

}  // namespace

TEST_CASE("what is written is read back the same, and again the same bytes") {
  const Scratch scratch;
  const auto files = difficult_files();
  LayerWriter::Summary summary;
  const std::string tar = written(scratch, files, &summary);
  CHECK(summary.tar_bytes == tar.size());
  CHECK(summary.entries == files.size());
  CHECK(summary.diff_id.text() ==
        "sha256:" + scratch.shell("sha256sum < written.tar").substr(0, 64));
  CHECK(written(scratch, files) == tar);
  const auto back = read_layer(tar);
  INFO(error_of(back));
  REQUIRE(back);
  REQUIRE(back->size() == files.size());
  for (size_t i = 0; i < files.size(); ++i) {
    INFO(files[i].entry.path.substr(0, 50));
    CHECK((*back)[i].entry == files[i].entry);
    CHECK((*back)[i].content == files[i].content);
  }
}

namespace {

std::string tar_of(const Scratch& scratch, const std::string& name) {
  const Fd out = *open_file(scratch.path(name + ".tar"), O_RDWR | O_CREAT | O_TRUNC, 0644);
  auto writer = *LayerWriter::create(out, name);
  const Fd content = *open_file(scratch.path(name), O_RDONLY);
  struct stat status;
  REQUIRE(::fstat(content.get(), &status) == 0);
  Entry entry;
  entry.path = "f";
  entry.mode = 0644;
  entry.size = static_cast<uint64_t>(status.st_size);
  REQUIRE(writer.add(entry, &content));
  REQUIRE(writer.finish());
  return *read_file(scratch.path(name + ".tar"));
}

}  // namespace

TEST_CASE("only a file that is nearly all holes is stored sparse") {
  const Scratch scratch;
  scratch.shell(
      "truncate -s 5000001 small; printf x | dd of=small bs=1 seek=3000000 conv=notrunc 2>&1;"
      "cp --sparse=never small plain; truncate -s 1T huge;"
      "printf hello | dd of=huge bs=1 seek=500000000001 conv=notrunc 2>&1;"
      "printf world | dd of=huge bs=1 seek=1099511627771 conv=notrunc 2>&1");
  CHECK(tar_of(scratch, "small") == tar_of(scratch, "plain"));
  CHECK(tar_of(scratch, "small").size() > 5'000'000);

  const std::string huge = tar_of(scratch, "huge");
  CHECK(huge.size() < 200'000);
  auto reader = *LayerReader::open(std::make_unique<TextStream>(huge), "huge");
  const auto entry = reader.next();
  REQUIRE(entry);
  REQUIRE(*entry);
  CHECK((*entry)->path == "f");
  CHECK((*entry)->size == 1ull << 40);
  std::map<uint64_t, char> found;
  REQUIRE(reader.read_data([&](uint64_t offset, std::span<const std::byte> data) -> Result<void> {
    for (size_t i = 0; i < data.size(); ++i)
      if (data[i] != std::byte{0}) found[offset + i] = static_cast<char>(data[i]);
    return {};
  }));
  std::string text;
  for (const auto& [offset, character] : found) text += character;
  CHECK(text == "helloworld");
  CHECK(found.begin()->first == 500'000'000'001);
  CHECK(found.rbegin()->first == (1ull << 40) - 1);
  for (const char* tool : {"tar", "bsdtar"}) {
    if (!find_program(tool)) continue;
    INFO(tool);
    scratch.shell(std::string("mkdir ") + tool + " && " + tool + " -C " + tool +
                  " -xf huge.tar && test $(stat -c %s " + tool + "/f) = 1099511627776 && "
                  "test $(du -k " + tool + "/f | cut -f1) -lt 1000 && "
                  "test \"$(tail -c 5 " + tool + "/f)\" = world");
  }
}

TEST_CASE("other tools read what is written") {
  const Scratch scratch;
  written(scratch, difficult_files());
  for (const char* tool : {"tar", "bsdtar"}) {
    if (!find_program(tool)) continue;
    INFO(tool);
    const std::string listed = scratch.shell(
        std::string(tool) + " --exclude 'y/*' --exclude block -xpf written.tar --no-same-owner"
        " --directory $(mkdir " + tool + " && echo " + tool + "); cd " + tool +
        "; stat -c '%n %F %a %s %h' all fifo hard holes soft | sed 's/regular //';"
        "od -An -c -j1000000 -N5 holes");
    CHECK_THAT(listed, Catch::Contains("fifo fifo 644 0 1\n"));
    CHECK_THAT(listed, Catch::Contains("holes file 644 3145728 1\n"));
    CHECK_THAT(listed, Catch::Contains("soft symbolic link 777 3000 1\n"));
    CHECK_THAT(listed, Catch::Contains("hard file ") && Catch::Contains(" 7 2\n"));
    CHECK_THAT(listed, Catch::Contains("h   e   l   l   o"));
  }
}

TEST_CASE("a writer refuses what is not an entry") {
  const Scratch scratch;
  const Fd out = *open_file(scratch.path("t"), O_RDWR | O_CREAT, 0644);
  auto writer = *LayerWriter::create(out, "t");
  Entry entry;
  entry.path = "f";
  CHECK_FALSE(writer.add(entry, nullptr));
  entry.size = 7;
  CHECK(writer.add(entry, &out).error().code() == ErrorCode::io);
  entry.type = EntryType::directory;
  for (const char* path : {"/a", "a/", "a/../b"}) {
    entry.path = path;
    CHECK_FALSE(writer.add(entry, nullptr));
  }
  REQUIRE(writer.finish());
  CHECK_FALSE(writer.finish());
}
