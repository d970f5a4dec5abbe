// SPDX-License-Identifier: Apache-2.0
// Images as other tools write them, read back and compared with what those tools and sha256sum say.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "image_tools.hpp"
#include "slim/base/path.hpp"
#include "unit/image/image_builder.hpp"

using namespace slim;
using namespace slim::image;
using namespace slim::image::test;
using Catch::Contains;
using Catch::StartsWith;

namespace {

// A layout of two layers by umoci, 3 MB and 1 kB of files.
class Source {
 public:
  TempDir dir = temporary();
  std::string layout = dir.path() + "/layout";
  Source() {
    const std::string tagged = layout + ":v1";
    output_of({"umoci", "init", "--layout", layout});
    output_of({"umoci", "new", "--image", tagged});
    std::string big(3'000'000, 'b');
    for (size_t i = 0; i < big.size(); i += 977) big[i] = static_cast<char>(i);
    image::test::write(dir, "big", big);
    image::test::write(dir, "small", std::string(1000, 's'));
    output_of({"umoci", "insert", "--image", tagged, dir.path() + "/big", "/data/big"});
    output_of({"umoci", "insert", "--image", tagged, dir.path() + "/small", "/data/small"});
    output_of({"umoci", "config", "--image", tagged, "--config.cmd", "/bin/x", "--config.env", "A=b",
               "--config.exposedports", "8080/tcp"});
  }
  std::string reference() const { return "oci:" + layout + ":v1"; }
  std::string copy_to(const std::string& destination,
                      const std::vector<std::string>& options = {}) const {
    std::vector<std::string> command = {"skopeo", "copy", "-q"};
    command.insert(command.end(), options.begin(), options.end());
    command.insert(command.end(), {reference(), destination});
    output_of(command);
    return destination;
  }
  std::string file(const std::string& name) const { return dir.path() + "/" + name; }
};

Result<Image> open_in(const TempDir& dir, const std::string& reference) {
  OpenOptions options;
  options.temporary_directory = dir.path();
  return image::test::open(reference, options);
}

// Every layer is what the config says, by sha256sum's judgement.
void check_layers(const Image& image, const TempDir& dir) {
  REQUIRE(image.layers.size() == image.config.diff_ids.size());
  for (size_t i = 0; i < image.layers.size(); ++i) {
    const std::string path = write(dir, "layer.tar", value_of(content(image, i)));
    CHECK(output_of({"sha256sum", path}).substr(0, 64) == image.config.diff_ids[i].hex);
    CHECK(image.layers[i].diff_id == image.config.diff_ids[i]);
  }
}

std::string inspected(const std::string& reference, const std::vector<std::string>& options) {
  std::vector<std::string> command = {"skopeo", "inspect"};
  command.insert(command.end(), options.begin(), options.end());
  command.push_back(reference);
  return output_of(command);
}

// A registry on this machine, for as long as the object lives.
class Registry {
 public:
  Registry() {
    port_ = free_port();
    const std::string config = write(dir_, "config.yml",
                                     "version: 0.1\nlog: {accesslog: {disabled: true}}\n"
                                     "storage: {filesystem: {rootdirectory: " +
                                         dir_.path() + "/data}}\nhttp: {addr: \"" + host() +
                                         "\"}\n");
    Pipe pipe = value_of(make_pipe());
    SpawnOptions options;
    options.stdout_fd = options.stderr_fd = pipe.write.get();
    options.die_with_parent = true;
    child_.emplace(value_of(Child::spawn({"docker-registry", "serve", config}, options)));
    pipe.write.reset();
    std::string log;
    char buffer[1000];
    while (log.find("listening on") == std::string::npos) {
      const ssize_t got = read(pipe.read.get(), buffer, sizeof buffer);
      INFO(log);
      REQUIRE(got > 0);
      log.append(buffer, static_cast<size_t>(got));
    }
    log_ = std::move(pipe.read);
  }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  static uint16_t free_port() {
    const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    REQUIRE(bind(socket.get(), reinterpret_cast<sockaddr*>(&address), length) == 0);
    REQUIRE(getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
    return ntohs(address.sin_port);
  }
  TempDir dir_ = temporary();
  uint16_t port_ = 0;
  Fd log_;
  std::optional<Child> child_;
};

}  // namespace

TEST_CASE("a layout by umoci, and what skopeo makes of it") {
  const Source source;
  const std::string destination = GENERATE(as<std::string>{}, "", "oci:", "oci zstd:", "oci plain:",
                                           "oci-archive:", "docker-archive:");
  CAPTURE(destination);
  std::string reference = source.reference();
  if (destination == "oci zstd:") {
    reference = source.copy_to("oci:" + source.file("zstd"), {"--dest-compress-format", "zstd"});
  } else if (destination == "oci plain:") {
    source.copy_to("docker-archive:" + source.file("plain.tar"));
    reference = "oci:" + source.file("plain");
    output_of({"skopeo", "copy", "-q", "--dest-oci-accept-uncompressed-layers",
               "docker-archive:" + source.file("plain.tar"), reference});
  } else if (destination == "oci-archive:" || destination == "docker-archive:") {
    reference = source.copy_to(destination + source.file("x.tar") + ":localhost/app:v1");
  } else if (destination == "oci:") {
    reference = source.copy_to("oci:" + source.file("gzip") + ":localhost/app:v1");
  }
  const Image image = value_of(open_in(source.dir, reference));
  REQUIRE(image.layers.size() == 2);
  check_layers(image, source.dir);
  CHECK(image.config.env == std::vector<std::string>{"A=b"});
  CHECK(image.config.cmd == std::vector<std::string>{"/bin/x"});
  CHECK(image.config.exposed_ports == std::vector<Port>{{8080, "tcp"}});
  CHECK(Json::parse(image.config.json) == Json::parse(inspected(reference, {"--config", "--raw"})));
  if (destination != "docker-archive:") {
    const std::string manifest = write(source.dir, "manifest", inspected(reference, {"--raw"}));
    CHECK(output_of({"sha256sum", manifest}).substr(0, 64) == image.digest.hex);
  }
}

TEST_CASE("a registry, with tag, digest and platform") {
  const Registry registry;
  const Source source;
  const std::string name = registry.host() + "/team/app";
  source.copy_to("docker://" + name + ":v1", {"--dest-tls-verify=false"});
  const Image tagged = value_of(open_in(source.dir, "docker://" + name + ":v1"));
  check_layers(tagged, source.dir);
  CHECK(tagged.names == std::vector<std::string>{name + ":v1"});
  const std::string manifest =
      inspected("docker://" + name + ":v1", {"--raw", "--tls-verify=false"});
  CHECK(tagged.digest == Digest::of(manifest));

  const Image exact =
      value_of(open_in(source.dir, "docker://" + name + "@" + tagged.digest.text()));
  CHECK(exact.digest == tagged.digest);
  check_layers(exact, source.dir);
  // Looked for in the engine and in Podman's storage first.
  CHECK(value_of(open_in(source.dir, name + ":v1")).digest == tagged.digest);

  const std::string missing = error_of(open_in(source.dir, "docker://" + name + ":v2"));
  CHECK_THAT(missing, StartsWith("not_found: ") && Contains("manifest unknown"));
  CHECK(missing.find('\n') == std::string::npos);
  const std::string nowhere = error_of(open_in(source.dir, name + ":v2"));
  CHECK_THAT(nowhere, StartsWith("not_found: no image '" + name + ":v2'") &&
                          Contains("Docker engine: ") && Contains("Podman's storage: ") &&
                          Contains("the registry: "));
  const Interrupt never;
  CHECK(value_of(run_command({"find", source.dir.path(), "-maxdepth", "1", "-name", "slim-pull*"},
                             never))
            .out.find('\n') != std::string::npos);  // the images above still hold theirs
}

TEST_CASE("a registry's list of platforms, its Docker manifest kept as it is") {
  const Registry registry;
  const TempDir dir = temporary();
  Layout layout;
  Json list = {{"schemaVersion", 2}, {"manifests", Json::array()}};
  for (const Platform& platform : {Platform::host(), Platform{"linux", "s390x", ""}}) {
    const std::vector<BuiltLayer> layers = {gzip_layer(tar({{"f", platform.text()}}))};
    Json entry = layout.add_manifest(config_of(layers, platform), layers);
    entry["platform"] = {{"os", platform.os}, {"architecture", platform.architecture}};
    list["manifests"].push_back(entry);
  }
  layout.index["manifests"] = {
      layout.add_blob("application/vnd.oci.image.index.v1+json", list.dump())};
  layout.write_to(dir);
  const std::string name = "docker://" + registry.host() + "/multi:1";
  output_of({"skopeo", "copy", "-q", "--all", "--dest-tls-verify=false", "-f", "v2s2",
             "oci:" + dir.path(), name});
  CHECK(value_of(content(value_of(open_in(dir, name)), 0)) ==
        tar({{"f", Platform::host().text()}}));
  OpenOptions options;
  options.temporary_directory = dir.path();
  options.platform = Platform{"linux", "s390x", ""};
  const Image other = value_of(image::test::open(name, options));
  CHECK(value_of(content(other, 0)) == tar({{"f", "linux/s390x"}}));
  const Json raw = Json::parse(inspected(name, {"--raw", "--tls-verify=false"}));
  CHECK(other.digest.text() == raw["manifests"][1]["digest"]);
  CHECK_THAT(other.layers[0].blob->media_type, Contains("docker"));
  options.platform = Platform{"linux", "riscv64", ""};
  CHECK_THAT(error_of(image::test::open(name, options)), StartsWith("unsupported: "));
}

TEST_CASE("containers-storage, not compressed on the way") {
  const Source source;
  const std::string store = "[vfs@" + source.file("root") + "+" + source.file("run") + "]";
  const std::string reference = "containers-storage:" + store + "localhost/app:v1";
  source.copy_to(reference);
  const Image image = value_of(open_in(source.dir, reference));
  check_layers(image, source.dir);
  CHECK(image.config.cmd == std::vector<std::string>{"/bin/x"});
  CHECK_THAT(error_of(open_in(source.dir, "containers-storage:" + store + "localhost/no:1")),
             StartsWith("not_found: ") && Contains("localhost/no:1"));
}

TEST_CASE("what is copied is gone with the image") {
  const Source source;
  const TempDir dir = temporary();
  const std::string store = "[vfs@" + source.file("root") + "+" + source.file("run") + "]";
  const std::string reference = "containers-storage:" + store + "localhost/app:v1";
  source.copy_to(reference);
  {
    const Image image = value_of(open_in(dir, reference));
    CHECK_FALSE(output_of({"ls", dir.path()}).empty());
  }
  CHECK(output_of({"ls", "-A", dir.path()}).empty());
  error_of(open_in(dir, "containers-storage:" + store + "localhost/no:1"));
  CHECK(output_of({"ls", "-A", dir.path()}).empty());
}

TEST_CASE("a full disk is said to be full, and nothing stays on it") {
  const TempDir dir = temporary();
  if (mount("tmpfs", dir.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
    WARN("skipped: no right to mount");
    return;
  }
  const Source source;
  std::string big;
  {
    const BuiltLayer layer = plain_layer(tar({{"f", std::string(2 << 20, 'f')}}));
    Layout layout;
    layout.add_image({layer});
    big = image::test::write(source.dir, "big.tar.gz", gzip(layout.archive()));
  }
  CHECK_THAT(error_of(open_in(dir, big)), StartsWith("no_space: ") && Contains("big.tar.gz"));
  const std::string store = "[vfs@" + source.file("root") + "+" + source.file("run") + "]";
  source.copy_to("containers-storage:" + store + "localhost/app:v1");
  CHECK_THAT(error_of(open_in(dir, "containers-storage:" + store + "localhost/app:v1")),
             StartsWith("no_space: "));
  CHECK(output_of({"ls", "-A", dir.path()}).empty());
  umount2(dir.path().c_str(), MNT_DETACH);
}

TEST_CASE("without skopeo the error says what to install") {
  const TempDir dir = temporary();
  const std::string path = std::getenv("PATH");
  setenv("PATH", dir.path().c_str(), 1);
  const std::string error = error_of(open_in(dir, "docker://example.org/x:1"));
  setenv("PATH", path.c_str(), 1);
  CHECK_THAT(error, StartsWith("unsupported: ") && Contains("needs skopeo") &&
                        Contains("not installed"));
}

TEST_CASE("what docker save writes, with a layer that two images share") {
  if (!run({"docker", "info"}).status.ok()) {
    WARN("skipped: no Docker engine is running");
    return;
  }
  const Source source;
  source.copy_to("docker-archive:" + source.file("in.tar") + ":slim-test/read:1");
  output_of({"docker", "load", "-i", source.file("in.tar")});
  output_of({"docker", "tag", "slim-test/read:1", "slim-test/read:2"});
  output_of({"docker", "save", "-o", source.file("out.tar"), "slim-test/read:1",
             "slim-test/read:2"});
  const std::string id =
      output_of({"docker", "image", "inspect", "-f", "{{.Id}}", "slim-test/read:1"});
  output_of({"docker", "rmi", "slim-test/read:1", "slim-test/read:2"});
  const Image image =
      value_of(open_in(source.dir, source.file("out.tar") + ":slim-test/read:2"));
  check_layers(image, source.dir);
  CHECK(image.digest.text() + "\n" == id);
  output_of({"gzip", "-1", source.file("out.tar")});
  const Image zipped = value_of(open_in(source.dir, source.file("out.tar.gz")));
  CHECK(zipped.digest == image.digest);
  check_layers(zipped, source.dir);
}
