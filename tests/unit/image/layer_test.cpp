// SPDX-License-Identifier: Apache-2.0
#include "unit/image/layer_tars.hpp"

using namespace slim;
using namespace slim::image;
using namespace slim::image::layer_test;

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
      posix_acl_xattr("user::rw-,user:lisa:rwx:1000,group::r--,group:lp:r--:7,mask::rwx,"
                      "other::r--");
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
  const auto files =
      read_layer(block("./a//b/", '5') + block("/abs", '0') + block("./", '5') + end);
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
