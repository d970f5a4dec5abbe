// SPDX-License-Identifier: Apache-2.0
#include "slim/image/reference.hpp"

#include <sys/stat.h>

#include "image_builder.hpp"

using namespace slim;
using namespace slim::image;
using namespace slim::image::test;
using Catch::Contains;
using Catch::StartsWith;

namespace {
const std::string kDigest = "sha256:" + std::string(64, 'a');
}

TEST_CASE("references name transport, location and tag") {
  struct Case {
    std::string text;
    Reference expected;
    std::string short_name;
  };
  const Case cases[] = {
      {"oci:layouts/flask:1.0", {Transport::oci, "layouts/flask", "1.0"}, "flask"},
      {"oci:layouts/flask", {Transport::oci, "layouts/flask", ""}, "flask"},
      {"oci:layouts/flask/", {Transport::oci, "layouts/flask/", ""}, "flask"},
      {"oci:.", {Transport::oci, ".", ""}, "image"},
      {"oci:d:host:5000/name:tag", {Transport::oci, "d", "host:5000/name:tag"}, "d"},
      {"oci:d:@" + kDigest, {Transport::oci, "d", "@" + kDigest}, "d"},
      {"oci-archive:/x/app-1.2.tar", {Transport::oci_archive, "/x/app-1.2.tar", ""}, "app-1.2"},
      {"oci-archive:/x/app.tar.gz:v", {Transport::oci_archive, "/x/app.tar.gz", "v"}, "app"},
      {"docker-archive:a.tar:img:2", {Transport::docker_archive, "a.tar", "img:2"}, "a"},
      {"docker-daemon:nginx", {Transport::docker_daemon, "nginx", ""}, "nginx"},
      {"docker-daemon:" + kDigest, {Transport::docker_daemon, kDigest, ""}, "aaaaaaaaaaaa"},
      {"docker-daemon:h:5000/a/b:c", {Transport::docker_daemon, "h:5000/a/b", "c"}, "b"},
      {"containers-storage:localhost/x:1", {Transport::containers_storage, "localhost/x", "1"}, "x"},
      {"containers-storage:[vfs@/r/a+/run/b]x:1",
       {Transport::containers_storage, "[vfs@/r/a+/run/b]x", "1"},
       "x"},
      {"docker://reg.io:443/a/b@" + kDigest,
       {Transport::registry, "reg.io:443/a/b", "@" + kDigest},
       "b"},
      {"docker://[::1]:5000/a", {Transport::registry, "[::1]:5000/a", ""}, "a"},
      {"nginx", {Transport::name, "nginx", ""}, "nginx"},
      {"nginx:1.25", {Transport::name, "nginx", "1.25"}, "nginx"},
      {"docker:latest", {Transport::name, "docker", "latest"}, "docker"},
      {"localhost:5000/a_b/c__d.e-f", {Transport::name, "localhost:5000/a_b/c__d.e-f", ""},
       "c__d.e-f"},
      {"redis@" + kDigest, {Transport::name, "redis", "@" + kDigest}, "redis"},
  };
  for (const Case& test : cases) {
    CAPTURE(test.text);
    const Reference parsed = value_of(Reference::parse(test.text));
    CHECK(parsed == test.expected);
    CHECK(parsed.text() == test.text);
    CHECK(parsed.short_name() == test.short_name);
  }
}

TEST_CASE("an image has the name that engines may know it by") {
  const std::pair<std::string, std::string> cases[] = {
      {"docker-daemon:nginx:1.25", "nginx:1.25"},
      {"docker://reg.io:443/a/b:2", "reg.io:443/a/b:2"},
      {"docker://reg.io:443/a/b@" + kDigest, "reg.io:443/a/b@" + kDigest},
      {"docker://[::1]:5000/a", "[::1]:5000/a"},
      {"containers-storage:[overlay@/var/lib/store]app:1", "app:1"},
      {"containers-storage:app:1", "app:1"},
      {"docker-archive:/x/saved.tar:shop:3", "shop:3"},
      {"docker-archive:/x/saved.tar:@0", "saved"},
      {"docker-archive:/x/saved.tar", "saved"},
      {"oci:/x/layout:latest", "layout"},
      {"nginx", "nginx"},
  };
  for (const auto& [text, name] : cases) {
    CAPTURE(text);
    CHECK(value_of(Reference::parse(text)).engine_name() == name);
  }
}

TEST_CASE("the tag beside a digest is dropped") {
  const Reference parsed = value_of(Reference::parse("redis:7@" + kDigest));
  CHECK(parsed == Reference{Transport::name, "redis", "@" + kDigest});
}

TEST_CASE("malformed references say which part is wrong") {
  const std::pair<std::string, std::string> cases[] = {
      {"", "it is empty"},
      {"Nginx:1", "upper-case"},
      {"docker://", "the name is empty"},
      {"nginx:", "'' is not a tag"},
      {"nginx:-x", "'-x' is not a tag"},
      {"nginx@sha256:abc", "'sha256:abc' is not a digest"},
      {"a//b", "'' cannot be part of a name"},
      {"a/.b", "'.b' cannot be part of a name"},
      {"a..b", "'a..b' cannot be part of a name"},
      {"a___b", "'a___b' cannot be part of a name"},
      {"x/\xff", "'\\xff' cannot be part of a name"},
      {"oci:", "the path is empty"},
      {"oci:dir:", "the tag after the ':' is empty"},
      {"dir:/some/where", "the transport 'dir:' is not one slim reads"},
      {"docker-daemon:a b", "'a b' cannot be part of a name"},
      {"containers-storage:[vfs@/x", "has no ']'"},
      {std::string("oci:a\0b", 7), "NUL"},
      {std::string(300, 'a'), "longer than 255"},
  };
  for (const auto& [text, why] : cases) {
    CAPTURE(text);
    const std::string error = error_of(Reference::parse(text));
    CHECK_THAT(error, StartsWith("usage: "));
    CHECK_THAT(error, Contains(why));
    CHECK(error.find('\n') == std::string::npos);
  }
}

TEST_CASE("a bare path is recognised by its content") {
  const TempDir dir = scratch();
  Layout layout;
  layout.add_image({plain_layer(tar({{"a", "b"}}))});
  layout.write_to(dir);
  const std::string docker = tar({{"manifest.json", "[]"}, {"x/layer.tar", ""}});
  const std::string both = tar({{"manifest.json", "[]"}, {"index.json", "{}"}});
  CHECK(value_of(Reference::parse(dir.path())).transport == Transport::oci);
  const std::pair<std::string, Transport> files[] = {
      {layout.archive(), Transport::oci_archive},       {gzip(layout.archive()), Transport::oci_archive},
      {zstd(layout.archive()), Transport::oci_archive}, {docker, Transport::docker_archive},
      {gzip(docker), Transport::docker_archive},        {zstd(docker), Transport::docker_archive},
      {both, Transport::oci_archive},
  };
  for (const auto& [bytes, transport] : files) {
    const std::string path = write(dir, "x.bin", bytes);
    CHECK(value_of(Reference::parse(path)) == Reference{transport, path, ""});
    CHECK(value_of(Reference::parse(path + ":n:t")) == Reference{transport, path, "n:t"});
  }
}

TEST_CASE("a file's name may hold colons") {
  const TempDir dir = scratch();
  const std::string path = write(dir, "a:b.tar", tar({{"manifest.json", "[]"}}));
  CHECK(value_of(Reference::parse("docker-archive:" + path + ":n:t")) ==
        Reference{Transport::docker_archive, path, "n:t"});
  CHECK(value_of(Reference::parse(path)) == Reference{Transport::docker_archive, path, ""});
}

TEST_CASE("a path that is no image says so") {
  const TempDir dir = scratch();
  CHECK_THAT(error_of(Reference::parse(dir.path() + "/none.tar")),
             StartsWith("not_found: ") && Contains("none.tar"));
  CHECK_THAT(error_of(Reference::parse(dir.path())),
             StartsWith("image: ") && Contains("not an OCI image layout"));
  CHECK_THAT(error_of(Reference::parse(write(dir, "t", "hello"))),
             StartsWith("image: ") && Contains("is not a tar archive"));
  CHECK_THAT(error_of(Reference::parse(write(dir, "e", ""))),
             StartsWith("image: ") && Contains("is not a tar archive"));
  CHECK_THAT(error_of(Reference::parse(write(dir, "z", gzip("hello")))),
             StartsWith("image: ") && Contains("is not a tar archive"));
  CHECK_THAT(error_of(Reference::parse(write(dir, "r.tar", tar({{"etc/passwd", "x"}})))),
             StartsWith("image: ") && Contains("not an image"));
  CHECK_THAT(error_of(Reference::parse(write(dir, "x", std::string("\xfd" "7zXZ\0....", 10)))),
             StartsWith("unsupported: ") && Contains("xz"));
  const std::string fifo = dir.path() + "/fifo";
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  CHECK_THAT(error_of(Reference::parse(fifo)), StartsWith("image: ") && Contains("neither"));
}

TEST_CASE("names have one full form") {
  CHECK(full_image_name("nginx") == "docker.io/library/nginx:latest");
  CHECK(full_image_name("docker.io/nginx:1") == "docker.io/library/nginx:1");
  CHECK(full_image_name("index.docker.io/a/b") == "docker.io/a/b:latest");
  CHECK(full_image_name("localhost/a:1") == "localhost/a:1");
  CHECK(full_image_name("h:5000/a") == "h:5000/a:latest");
  CHECK(full_image_name("a@" + kDigest) == "docker.io/library/a@" + kDigest);
}
