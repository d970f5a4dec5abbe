// SPDX-License-Identifier: Apache-2.0
#include "slim/image/layer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <clocale>
#include <cstdlib>
#include <cstring>

#include "image/layer_header.hpp"
#include "slim/base/child.hpp"
#include "slim/base/file.hpp"

using namespace slim;
using namespace slim::image;

namespace {

class TextStream : public ByteStream {
 public:
  // `step`: most bytes a read gives, so that nothing relies on full reads.
  explicit TextStream(std::string bytes, size_t step = 700)
      : bytes_(std::move(bytes)), step_(step) {}
  Result<size_t> read(std::span<std::byte> into) override {
    const size_t count = std::min({into.size(), step_, bytes_.size() - position_});
    std::memcpy(into.data(), bytes_.data() + position_, count);
    position_ += count;
    return count;
  }
  Result<void> finish() override { return {}; }

 private:
  std::string bytes_;
  size_t step_;
  size_t position_ = 0;
};

struct ReadFile {
  Entry entry;
  std::string content;
};

Result<std::vector<ReadFile>> read_layer(std::string bytes) {
  SLIM_TRY(LayerReader reader,
           LayerReader::open(std::make_unique<TextStream>(std::move(bytes)), "layer"));
  std::vector<ReadFile> files;
  for (;;) {
    SLIM_TRY(auto entry, reader.next());
    if (!entry) return files;
    ReadFile file{std::move(*entry), {}};
    if (file.entry.size < (64u << 20)) file.content.resize(file.entry.size, '\0');
    SLIM_CHECK(reader.read_data([&](uint64_t offset, std::span<const std::byte> data)
                                    -> Result<void> {
      std::memcpy(file.content.data() + offset, data.data(), data.size());
      return {};
    }));
    files.push_back(std::move(file));
  }
}

std::string error_of(const Result<std::vector<ReadFile>>& result) {
  return result ? "no error" : result.error().text();
}

// A header block by hand, for what no tool would write.
std::string block(std::string_view name, char type, uint64_t size = 0, std::string_view link = {},
                  std::string_view magic = {"ustar\0" "00", 8}) {
  std::string header(512, '\0');
  const auto put = [&](size_t offset, std::string_view text) {
    header.replace(offset, text.size(), text);
  };
  char number[32];
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  std::snprintf(number, sizeof number, "%011llo", static_cast<unsigned long long>(size));
  put(124, number);
  put(136, "00000000000");
  put(148, "        ");
  header[156] = type;
  put(157, link);
  put(257, magic);
  unsigned sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  std::snprintf(number, sizeof number, "%06o", sum);
  put(148, std::string(number) + '\0');
  return header;
}

std::string padded(std::string body) {
  body.resize((body.size() + 511) / 512 * 512, '\0');
  return body;
}

std::string record(const std::string& text) {
  size_t length = text.size() + 3;
  while (std::to_string(length).size() + text.size() + 2 != length) ++length;
  return std::to_string(length) + ' ' + text + '\n';
}

std::string pax(const std::string& records) {
  return block("PaxHeaders/x", 'x', records.size()) + padded(records);
}

// The output of a command in a scratch directory.
struct Scratch {
  TempDir directory = *TempDir::create(P_tmpdir, "slim-layer-test");
  std::string path(const std::string& name) const { return directory.path() + "/" + name; }
  std::string shell(const std::string& script) const {
    SpawnOptions options;
    options.working_directory = directory.path();
    options.extra_environment = {"LC_ALL=C", "TZ=UTC"};
    const auto output = run_command({"sh", "-ec", script}, Interrupt(), options);
    REQUIRE(output);
    INFO(output->err);
    REQUIRE(output->status.ok());
    return output->out;
  }
};

}  // namespace

TEST_CASE("numbers of tar headers") {
  CHECK(*decode_tar_number("0000644\0") == 0644);
  CHECK(*decode_tar_number("   644 \0") == 0644);
  CHECK(*decode_tar_number(std::string_view("\0\0\0\0", 4)) == 0);
  CHECK(*decode_tar_number(std::string_view("\x80\0\0\0\0\x40\0\0", 8)) == 0x400000);
  CHECK(*decode_tar_number(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xfe", 8)) == -2);
  CHECK_FALSE(decode_tar_number("00008"));
  CHECK_FALSE(decode_tar_number("-1"));
  CHECK_FALSE(decode_tar_number(std::string_view("\x80\1\0\0\0\0\0\0\0\0\0\0", 12)));
}

TEST_CASE("times before the epoch keep their fraction") {
  CHECK(*parse_pax_time("-1.5") == Timestamp{-2, 500'000'000});
  CHECK(*parse_pax_time("-0.25") == Timestamp{-1, 750'000'000});
  CHECK(*parse_pax_time("-3") == Timestamp{-3, 0});
  CHECK(*parse_pax_time("7.1234567899") == Timestamp{7, 123'456'789});
  CHECK_FALSE(parse_pax_time("1e9"));
  CHECK_FALSE(parse_pax_time("--1"));
  CHECK_FALSE(parse_pax_time(""));
}

TEST_CASE("a text ACL becomes the attribute that setfacl would have made") {
  // From: setfacl -m u:1000:rwx,g:7:r-- f; getfattr -n system.posix_acl_access -e hex f
  const auto value =
      posix_acl_xattr("user::rw-,user:lisa:rwx:1000,group::r--,group:lp:r--:7,mask::rwx,other::r--");
  REQUIRE(value);
  std::string hex;
  for (const char byte : *value) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(byte));
    hex += digits;
  }
  CHECK(hex ==
        "0200000001000600ffffffff02000700e803000004000400ffffffff080004000700000010000700ffffffff"
        "20000400ffffffff");
  CHECK(posix_acl_xattr("user::rw-\ngroup::r--\nuser:1000:rwx\ngroup:7:r--  #effective:r--\n"
                        "mask::rwx\nother::r--\n").value_or("") == *value);
  CHECK(posix_acl_xattr("user:nobody:rwx").error().code() == ErrorCode::unsupported);
  CHECK_FALSE(posix_acl_xattr("user::rwz"));
}

TEST_CASE("names are normalised and never lead out") {
  const std::string end(1024, '\0');
  const auto files = read_layer(block("./a//b/", '5') + block("/abs", '0') + block("./", '5') + end);
  REQUIRE(files);
  REQUIRE(files->size() == 3);
  CHECK((*files)[0].entry.path == "a/b");
  CHECK((*files)[1].entry.path == "abs");
  CHECK((*files)[2].entry.path.empty());
  for (const char* name : {"..", "../x", "a/../../x", "/..", "a/.."})
    CHECK_THAT(error_of(read_layer(block(name, '0') + end)), Catch::Contains("'..'"));
  CHECK_THAT(error_of(read_layer(block("l", '1', 0, "../../etc/passwd") + end)),
             Catch::Contains("hard link's target"));
  CHECK_THAT(error_of(read_layer(pax(record(std::string("path=a\0b", 8))) + block("x", '0') + end)),
             Catch::Contains("NUL"));
  CHECK_THAT(error_of(read_layer(block(".", '0') + end)), Catch::Contains("without a name"));
  CHECK_THAT(error_of(read_layer(block("x", 'Q') + end)), Catch::Contains("unknown type"));
}

TEST_CASE("damaged tars are errors") {
  std::string wrong = block("x", '0');
  wrong[0] = 'y';
  CHECK_THAT(error_of(read_layer(wrong)), Catch::Contains("checksum"));
  CHECK_THAT(error_of(read_layer(block("x", '0', 600) + std::string(512, 'd'))),
             Catch::Contains("truncated"));
  CHECK_THAT(error_of(read_layer(block("x", '0').substr(0, 100))), Catch::Contains("truncated"));
  CHECK_THAT(error_of(read_layer(block("x", 'x', 100'000'000))), Catch::Contains("16 MiB"));
  for (const char* body : {"5 a=b\n", "x a=b\n", "6 ab\n\n", "9999 a=b\n", "0 a=b\n", "6 =ab\n"})
    CHECK_THAT(error_of(read_layer(pax(body) + block("x", '0'))), Catch::Contains("malformed"));
  CHECK_THAT(error_of(read_layer(pax(record("uid=4294967295")) + block("x", '0'))),
             Catch::Contains("owner"));
  CHECK_THAT(error_of(read_layer(pax(record("size=-1")) + block("x", '0'))),
             Catch::Contains("size"));
  // A tar without its end is what many writers make.
  CHECK(read_layer(block("x", '0')));
  CHECK(read_layer(""));
}

TEST_CASE("sparse maps that lie are errors") {
  const auto sparse = [](const std::string& map, uint64_t real_size, const std::string& data) {
    const std::string stored = padded(map) + data;
    return pax(record("GNU.sparse.major=1") + record("GNU.sparse.minor=0") +
               record("GNU.sparse.name=s") +
               record("GNU.sparse.realsize=" + std::to_string(real_size))) +
           block("x", '0', stored.size()) + padded(stored);
  };
  const auto good = read_layer(sparse("1\n1000\n5\n", 2000, "hello"));
  REQUIRE(good);
  CHECK((*good)[0].entry.path == "s");
  CHECK((*good)[0].entry.size == 2000);
  CHECK((*good)[0].content.substr(1000, 5) == "hello");
  CHECK((*good)[0].content.substr(0, 1000) == std::string(1000, '\0'));
  CHECK_FALSE(read_layer(sparse("1\n1998\n5\n", 2000, "hello")));          // past the end
  CHECK_FALSE(read_layer(sparse("1\n1000\n6\n", 2000, "hello")));          // more than stored
  CHECK_FALSE(read_layer(sparse("2\n10\n3\n5\n2\n", 2000, "hello")));      // not in order
  CHECK_FALSE(read_layer(sparse("2\n10\n3\n12\n2\n", 2000, "hello")));     // overlapping
  CHECK_FALSE(read_layer(sparse("99999999999\n", 2000, "")));
  CHECK_FALSE(read_layer(sparse("1\n9223372036854775807\n5\n", 2000, "hello")));
  CHECK_FALSE(read_layer(sparse("1", 2000, "")));
}

TEST_CASE("every format of GNU tar gives the same files") {
  const Scratch scratch;
  scratch.shell(
      "mkdir -p src/dir; printf hello > src/dir/file; ln src/dir/file src/hard; ln -s dir/file "
      "src/soft; mkfifo src/fifo; chmod 6755 src/dir/file; chmod 1777 src/dir;"
      "truncate -s 3M src/sparse; printf x | dd of=src/sparse bs=1 seek=1M conv=notrunc 2>&1;"
      "touch -d '2001-02-03 04:05:06 UTC' src/dir/file src/soft src/fifo src/sparse src/dir src;"
      "long=$(printf '%0150d' 0); mkdir src/$long; printf deep > src/$long/$long;"
      "for f in v7 ustar oldgnu gnu posix; do"
      "  sparse=--sparse; case $f in v7|ustar) sparse=; rm -rf src/0*;; esac;"
      "  [ $f != oldgnu ] || { mkdir -p src/$long; printf deep > src/$long/$long; };"
      "  tar --format=$f --numeric-owner --owner=1234 --group=5678 $sparse --sort=name -cf $f.tar "
      "    -C src . 2>/dev/null || [ $f = v7 ];"
      "done;"
      "tar --format=posix --sparse --sparse-version=0.0 -cf s00.tar -C src sparse;"
      "tar --format=posix --sparse --sparse-version=0.1 -cf s01.tar -C src sparse");
  for (const char* format : {"v7", "ustar", "oldgnu", "gnu", "posix"}) {
    INFO(format);
    const auto files = read_layer(*read_file(scratch.path(std::string(format) + ".tar")));
    INFO(error_of(files));
    REQUIRE(files);
    std::map<std::string, ReadFile> found;
    for (const ReadFile& file : *files) found[file.entry.path] = file;
    CHECK(found.at("").entry.type == EntryType::directory);
    CHECK(found.at("dir").entry.type == EntryType::directory);
    CHECK(found.at("dir").entry.mode == 01777);
    const ReadFile& file = found.at("dir/file");
    CHECK(file.content == "hello");
    CHECK(file.entry.mode == 06755);
    CHECK(file.entry.uid == 1234);
    CHECK(file.entry.gid == 5678);
    CHECK(file.entry.mtime == Timestamp{981173106, 0});
    CHECK(found.at("hard").entry.type == EntryType::hardlink);
    CHECK(found.at("hard").entry.target == "dir/file");
    CHECK(found.at("soft").entry.target == "dir/file");
    if (format != std::string("v7")) CHECK(found.at("fifo").entry.type == EntryType::fifo);
    const ReadFile& sparse = found.at("sparse");
    CHECK(sparse.entry.size == 3u << 20);
    CHECK(sparse.content.find('x') == 1u << 20);
    if (format == std::string("v7") || format == std::string("ustar")) continue;
    const std::string name(150, '0');
    CHECK(found.at(name + "/" + name).content == "deep");
  }
  for (const char* tar : {"s00.tar", "s01.tar"}) {
    const auto files = read_layer(*read_file(scratch.path(tar)));
    REQUIRE(files);
    CHECK((*files)[0].entry.path == "sparse");
    CHECK((*files)[0].entry.size == 3u << 20);
    CHECK((*files)[0].content.find('x') == 1u << 20);
    CHECK(std::count((*files)[0].content.begin(), (*files)[0].content.end(), '\0') ==
          (3 << 20) - 1);
  }
}

TEST_CASE("a name is bytes in every locale") {
  const std::string decomposed = "e\xcc\x81", invalid = "\xff\xfe";
  const std::string tar = pax(record("path=" + decomposed)) + block("x", '0') +
                          pax(record("path=" + invalid)) + block("x", '0') +
                          block(decomposed, '0');
  for (const char* locale : {"C", "C.UTF-8"}) {
    std::setlocale(LC_ALL, locale);
    const auto files = read_layer(tar);
    std::setlocale(LC_ALL, "C");
    REQUIRE(files);
    CHECK((*files)[0].entry.path == decomposed);
    CHECK((*files)[1].entry.path == invalid);
    CHECK((*files)[2].entry.path == decomposed);
  }
}

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
