// SPDX-License-Identifier: Apache-2.0
#include "slim/image/write.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "image/send.hpp"
#include "image/write_tar.hpp"
#include "slim/base/child.hpp"
#include "slim/base/file.hpp"
#include "slim/base/path.hpp"
#include "slim/image/image.hpp"

using namespace slim;
using namespace slim::image;
using Json = nlohmann::json;

namespace {

TempDir temporary() {
  auto directory = TempDir::create("/tmp", "slim-write-test");
  REQUIRE(directory);
  return std::move(*directory);
}

const ImageConfig& config() {
  static const ImageConfig kConfig = [] {
    auto parsed = ImageConfig::parse(
        R"({"architecture":"amd64","os":"linux","created":"2024-01-01T00:00:00Z",)"
        R"("config":{"Cmd":["/hello"],"Env":["A=1"]},"rootfs":{"type":"layers","diff_ids":[]}})");
    REQUIRE(parsed);
    return *parsed;
  }();
  return kConfig;
}

Entry entry(const std::string& path, EntryType type, uint32_t mode) {
  Entry result;
  result.path = path;
  result.type = type;
  result.mode = mode;
  result.mtime = {1700000000, 123456789};
  return result;
}

// A directory, a symlink and a file.
WriteRequest request(const std::string& scratch) {
  WriteRequest result;
  result.source = &config();
  result.tags = {"slim/test:1"};
  result.write_layer = [scratch](LayerWriter& writer) -> Result<void> {
    SLIM_CHECK(write_file_atomically(scratch + "/content", "hello\n"));
    SLIM_TRY(const Fd content, open_file(scratch + "/content", O_RDONLY));
    SLIM_CHECK(writer.add(entry("dir", EntryType::directory, 0755), nullptr));
    Entry link = entry("dir/link", EntryType::symlink, 0777);
    link.target = "../hello";
    SLIM_CHECK(writer.add(link, nullptr));
    Entry file = entry("hello", EntryType::file, 0755);
    file.size = 6;
    return writer.add(file, &content);
  };
  return result;
}

std::string output_of(const std::vector<std::string>& command) {
  const auto output = run_command(command, Interrupt());
  REQUIRE(output);
  INFO(output->err);
  REQUIRE(output->status.ok());
  return output->out;
}

Json member(const std::string& archive, const std::string& name) {
  return Json::parse(output_of({"tar", "-xOf", archive, name}));
}

}  // namespace

TEST_CASE("A tar header is what GNU tar expects") {
  const TempDir scratch = temporary();
  const std::string path = scratch.path() + "/a.tar";
  REQUIRE(write_file_atomically(
      path, tar_member("dir/", "") + tar_member("dir/file", "12345") + tar_end()));
  CHECK(output_of({"tar", "--numeric-owner", "--utc", "-tvf", path}) ==
        "drwxr-xr-x 0/0               0 1970-01-01 00:00 dir/\n"
        "-rw-r--r-- 0/0               5 1970-01-01 00:00 dir/file\n");
}

TEST_CASE("A member of 8 GiB and more has its size in base 256") {
  const TempDir scratch = temporary();
  const std::string path = scratch.path() + "/a.tar";
  const uint64_t size = (uint64_t{1} << 33) + 5;
  const auto header = tar_header("big", size);
  {
    auto file = open_file(path, O_WRONLY | O_CREAT, 0600);
    REQUIRE(file);
    REQUIRE(write_all(*file, {header.data(), header.size()}, path));
    REQUIRE(ftruncate(file->get(), static_cast<off_t>(512 + size + tar_padding(size))) == 0);
    REQUIRE(lseek(file->get(), 0, SEEK_END) > 0);
    REQUIRE(write_all(*file, tar_end(), path));
  }
  CHECK(output_of({"tar", "--numeric-owner", "--utc", "-tvf", path}) ==
        "-rw-r--r-- 0/0      8589934597 1970-01-01 00:00 big\n");
}

TEST_CASE("The archive is an OCI layout and a Docker archive at once") {
  const TempDir scratch = temporary();
  const std::string archive = scratch.path() + "/image.tar";
  const auto written = write_image(archive, request(scratch.path()));
  REQUIRE(written);
  struct stat status {};
  REQUIRE(stat(archive.c_str(), &status) == 0);
  CHECK(written->archive_bytes == static_cast<uint64_t>(status.st_size));
  CHECK((status.st_mode & 07777) == 0644);
  CHECK(written->layer.entries == 3);
  CHECK(written->layer.file_bytes == 6);

  const std::string blobs = "blobs/sha256/";
  CHECK(output_of({"tar", "-tf", archive}) ==
        "oci-layout\nblobs/\nblobs/sha256/\n" + blobs + written->layer.diff_id.hex + "\n" + blobs +
            written->config_digest.hex + "\n" + blobs + written->manifest_digest.hex +
            "\nindex.json\nmanifest.json\n");
  // Each blob is what its name says, by somebody else's count.
  output_of({"tar", "-C", scratch.path(), "-xf", archive});
  for (const Digest& digest :
       {written->layer.diff_id, written->config_digest, written->manifest_digest}) {
    const std::string sum = output_of({"sha256sum", scratch.path() + "/" + blobs + digest.hex});
    CHECK(sum.substr(0, 64) == digest.hex);
  }
  CHECK(output_of({"tar", "--numeric-owner", "-tf",
                   scratch.path() + "/" + blobs + written->layer.diff_id.hex}) ==
        "dir/\ndir/link\nhello\n");

  CHECK(member(archive, "oci-layout")["imageLayoutVersion"] == "1.0.0");
  const Json index = member(archive, "index.json");
  CHECK(index["manifests"].size() == 1);
  const Json& named = index["manifests"][0];
  CHECK(named["digest"] == written->manifest_digest.text());
  CHECK(named["annotations"]["org.opencontainers.image.ref.name"] == "slim/test:1");
  CHECK(named["annotations"]["io.containerd.image.name"] == "docker.io/slim/test:1");
  CHECK(named["platform"] == Json({{"architecture", "amd64"}, {"os", "linux"}}));
  const Json docker = member(archive, "manifest.json");
  CHECK(docker == Json::array({{{"Config", blobs + written->config_digest.hex},
                                {"RepoTags", {"slim/test:1"}},
                                {"Layers", {blobs + written->layer.diff_id.hex}}}}));
}

TEST_CASE("What was written can be opened again, as either kind") {
  const TempDir scratch = temporary();
  const std::string archive = scratch.path() + "/image.tar";
  const auto written = write_image(archive, request(scratch.path()));
  REQUIRE(written);
  OpenOptions options;
  options.temporary_directory = scratch.path();
  options.platform = Platform{"linux", "amd64", ""};
  for (const std::string transport : {"oci-archive:", "docker-archive:", ""}) {
    INFO(transport);
    const auto reference = Reference::parse(transport + archive);
    REQUIRE(reference);
    const auto image = open_image(*reference, options);
    REQUIRE(image);
    REQUIRE(image->layers.size() == 1);
    CHECK(image->layers[0].diff_id == written->layer.diff_id);
    CHECK(image->config.cmd == std::vector<std::string>{"/hello"});
    auto layer = image->source->open_layer(0);
    REQUIRE(layer);
    CHECK((*layer)->finish());
  }
}

TEST_CASE("The same request gives the same bytes") {
  const TempDir scratch = temporary();
  REQUIRE(write_image(scratch.path() + "/1.tar", request(scratch.path())));
  REQUIRE(write_image(scratch.path() + "/2.tar", request(scratch.path())));
  CHECK(read_file(scratch.path() + "/1.tar").value() ==
        read_file(scratch.path() + "/2.tar").value());
}

TEST_CASE("An image without a name has none") {
  const TempDir scratch = temporary();
  const std::string archive = scratch.path() + "/image.tar";
  WriteRequest nameless = request(scratch.path());
  nameless.tags.clear();
  REQUIRE(write_image(archive, nameless));
  CHECK(member(archive, "manifest.json")[0]["RepoTags"].is_null());
  CHECK_FALSE(member(archive, "index.json")["manifests"][0].contains("annotations"));
}

TEST_CASE("Several names: all for Docker, the first for the layout") {
  const TempDir scratch = temporary();
  const std::string archive = scratch.path() + "/image.tar";
  WriteRequest several = request(scratch.path());
  several.tags = {"a", "b:2", "a:latest"};
  REQUIRE(write_image(archive, several));
  CHECK(member(archive, "manifest.json")[0]["RepoTags"] == Json({"a:latest", "b:2"}));
  const Json index = member(archive, "index.json");
  REQUIRE(index["manifests"].size() == 1);
  CHECK(index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"] == "a:latest");
}

TEST_CASE("A failure leaves the old file and nothing else") {
  const TempDir scratch = temporary();
  const std::string archive = scratch.path() + "/out/image.tar";
  REQUIRE(make_directories(scratch.path() + "/out"));
  REQUIRE(write_file_atomically(archive, "old"));
  WriteRequest failing = request(scratch.path());
  SECTION("of the caller, half way") {
    const auto write_some = failing.write_layer;
    failing.write_layer = [&](LayerWriter& writer) -> Result<void> {
      SLIM_CHECK(write_some(writer));
      return fail(ErrorCode::interrupted, "interrupted");
    };
    const auto written = write_image(archive, failing);
    REQUIRE_FALSE(written);
    CHECK(written.error().code() == ErrorCode::interrupted);
  }
  SECTION("because of a bad name") {
    failing.tags = {"Not A Name"};
    const auto written = write_image(archive, failing);
    REQUIRE_FALSE(written);
    CHECK(written.error().code() == ErrorCode::usage);
  }
  SECTION("because of the source's config") {
    ImageConfig broken = config();
    broken.json = "[]";
    failing.source = &broken;
    bool called = false;
    failing.write_layer = [&](LayerWriter&) -> Result<void> {
      called = true;
      return {};
    };
    const auto written = write_image(archive, failing);
    REQUIRE_FALSE(written);
    CHECK(written.error().code() == ErrorCode::image);
    CHECK_FALSE(called);
  }
  CHECK(read_file(archive).value() == "old");
  CHECK(names_in(scratch.path() + "/out").value() == std::vector<std::string>{"image.tar"});
}

TEST_CASE("A directory that does not exist is an error that names the file") {
  const auto written = write_image("/nonexistent/image.tar", request("/tmp"));
  REQUIRE_FALSE(written);
  CHECK(written.error().code() == ErrorCode::not_found);
  CHECK(written.error().text().find("/nonexistent/image.tar") != std::string::npos);
}

TEST_CASE("Names are checked and completed") {
  CHECK(normalise_tag("redis").value() == "redis:latest");
  CHECK(normalise_tag("localhost:5000/a/b").value() == "localhost:5000/a/b:latest");
  CHECK(normalise_tag("localhost:5000/a/b:v1.2_3-4").value() == "localhost:5000/a/b:v1.2_3-4");
  for (const std::string bad :
       {"", ":1", "a:", "A", "a/", "/a", "a b", "a:b:c", "a@b", "-a", "a//b", "a:-x", "../a",
        "sha256:0000000000000000000000000000000000000000000"
        "000000000000000000000"}) {
    INFO(bad);
    const auto result = normalise_tag(bad);
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == ErrorCode::usage);
  }
  CHECK_FALSE(normalise_tag("a:" + std::string(129, 'x')));
  CHECK_FALSE(normalise_tag(std::string(5000, 'x')));
}

TEST_CASE("Destinations are skopeo's names") {
  const auto engine = Destination::parse("docker-daemon:app:1");
  REQUIRE(engine);
  CHECK(engine->kind == Destination::Kind::engine);
  CHECK(engine->name == "app:1");
  for (const std::string good : {"docker://h.example/a:1", "containers-storage:a:1", "oci:/d:1",
                                 "oci-archive:/f", "docker-archive:/f:a:1", "dir:/d"}) {
    INFO(good);
    const auto parsed = Destination::parse(good);
    REQUIRE(parsed);
    CHECK(parsed->kind == Destination::Kind::skopeo);
  }
  for (const std::string bad : {"", "app:1", "dir:", "docker-daemon:", "docker-daemon:A B",
                                "docker://", "ftp:x", "docker:a"}) {
    INFO(bad);
    const auto parsed = Destination::parse(bad);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code() == ErrorCode::usage);
  }
}

TEST_CASE("Plain HTTP is for this machine's registries only") {
  const auto insecure = [](const std::string& destination) {
    const auto parsed = Destination::parse(destination);
    REQUIRE(parsed);
    const auto command = skopeo_command("/x/image.tar", *parsed);
    CHECK(command.back() == destination);
    return std::find(command.begin(), command.end(), "--dest-tls-verify=false") != command.end();
  };
  CHECK(insecure("docker://localhost:5000/a:1"));
  CHECK(insecure("docker://localhost/a:1"));
  CHECK(insecure("docker://127.0.0.1:5000/a:1"));
  CHECK(insecure("docker://[::1]:5000/a:1"));
  CHECK_FALSE(insecure("docker://localhost.example/a:1"));
  CHECK_FALSE(insecure("docker://127.0.0.1.example/a:1"));
  CHECK_FALSE(insecure("docker://registry.example:5000/a:1"));
  CHECK_FALSE(insecure("dir:localhost"));
}

TEST_CASE("An archive is renamed without touching its blobs") {
  const TempDir scratch = temporary();
  const std::string archive = scratch.path() + "/image.tar";
  REQUIRE(write_image(archive, request(scratch.path())));
  const auto renamed = rename_archive(archive, "other:2");
  REQUIRE(renamed);
  const auto bytes = read_file(archive);
  REQUIRE(bytes);
  const std::string copy = scratch.path() + "/copy.tar";
  REQUIRE(write_file_atomically(copy, bytes->substr(0, renamed->kept_bytes) + renamed->tail));

  WriteRequest other = request(scratch.path());
  other.tags = {"other:2"};
  const std::string direct = scratch.path() + "/direct.tar";
  REQUIRE(write_image(direct, other));
  // As if it had been written under that name.
  CHECK(read_file(copy).value() == read_file(direct).value());
  CHECK(renamed->size() == read_file(direct)->size());
}

TEST_CASE("Only an archive of slim's own is renamed") {
  const TempDir scratch = temporary();
  const std::string path = scratch.path() + "/a.tar";
  const auto refused = [&](const std::string& bytes) {
    REQUIRE(write_file_atomically(path, bytes));
    const auto renamed = rename_archive(path, "a:1");
    REQUIRE_FALSE(renamed);
    CHECK(renamed.error().code() == ErrorCode::image);
  };
  refused("");
  refused("not a tar");
  refused(tar_end());
  refused(tar_member("index.json", "{}") + tar_end());
  refused(tar_member("index.json", "{}") + tar_member("manifest.json", "[]") + tar_end());
  refused(tar_member("index.json", "{}") + tar_member("manifest.json", "["));
  refused(tar_member("manifest.json", "[{\"RepoTags\":null}]") +
          tar_member("index.json", R"({"manifests":[{}]})") + tar_end());
  const std::string sound = tar_member("index.json", R"({"manifests":[{}]})") +
                            tar_member("manifest.json", "[{\"RepoTags\":null}]") + tar_end();
  REQUIRE(write_file_atomically(path, sound));
  CHECK(rename_archive(path, "a:1"));
  std::string damaged = sound;
  damaged[105] ^= 1;  // the mode of the first member, which nothing else depends on
  refused(damaged);
}
