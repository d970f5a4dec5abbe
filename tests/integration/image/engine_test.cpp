// SPDX-License-Identifier: Apache-2.0
// Against the machine's Docker engine.
#include "image/engine.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "image/engine_http.hpp"
#include "image/engine_local.hpp"
#include "image_tools.hpp"

using namespace slim;
using namespace slim::image;
using namespace slim::image::test;
using Json = nlohmann::json;

namespace {

const std::string kName = "slim-test/engine";

// An image of two layers in the engine: one from an archive, one committed on top.
class EngineImage {
 public:
  EngineImage() {
    const TempDir scratch = temporary();
    Sample base = sample(scratch, {kName + ":base"});
    const std::string archive = scratch.path() + "/image.tar";
    REQUIRE(write_image(archive, base.request()));
    output_of({"docker", "load", "-i", archive});
    const std::string container =
        first_line({"docker", "create", "--network", "none", kName + ":base"});
    REQUIRE(write_file_atomically(scratch.path() + "/added", "added\n"));
    output_of({"docker", "cp", scratch.path() + "/added", container + ":/added"});
    output_of({"docker", "commit", container, kName + ":1"});
    output_of({"docker", "rm", container});
    id = first_line({"docker", "image", "inspect", "-f", "{{.Id}}", kName + ":1"});
  }
  ~EngineImage() {
    for (const std::string tag : {":1", ":base"})
      (void)run_command({"docker", "image", "rm", "-f", kName + tag}, Interrupt());
  }
  std::string id;

 private:
  static std::string first_line(const std::vector<std::string>& command) {
    const std::string text = output_of(command);
    return text.substr(0, text.find('\n'));
  }
};

bool engine_runs(const std::string& driver = "") {
  const auto output = run_command({"docker", "info", "--format", "{{.Driver}}"}, Interrupt());
  if (!output || !output->status.ok()) {
    WARN("skipped: no Docker engine is running");
    return false;
  }
  if (driver.empty() || output->out == driver + "\n") return true;
  WARN("skipped: the engine's driver is " << output->out);
  return false;
}

Reference parse(const std::string& text) {
  const auto reference = Reference::parse(text);
  REQUIRE(reference);
  return *reference;
}

}  // namespace

TEST_CASE("The layers of a local overlay2 engine are used in place") {
  if (geteuid() != 0 || !engine_runs("overlay2")) return;
  const EngineImage engine;
  const TempDir scratch = temporary();
  OpenOptions options;
  options.temporary_directory = scratch.path();
  const auto image = open_image(parse("docker-daemon:" + kName + ":1"), options);
  REQUIRE(image);
  CHECK(image->warning.empty());
  CHECK(image->digest.text() == engine.id);
  CHECK(image->names == std::vector<std::string>{kName + ":1"});
  CHECK(Digest::of(image->config.json).text() == engine.id);
  REQUIRE(image->layers.size() == 2);
  CHECK(output_of({"ls", image->layers[0].directory}) == "bin\nfiller\n");
  CHECK(*read_file(image->layers[1].directory + "/added") == "added\n");
  const Json inspected = Json::parse(output_of({"docker", "image", "inspect", kName + ":1"}))[0];
  for (size_t i = 0; i < 2; ++i)
    CHECK(inspected["RootFS"]["Layers"][i] == image->layers[i].diff_id.text());
  // Nothing was copied ...
  CHECK(output_of({"ls", "-A", scratch.path()}).empty());
  // ... but whoever wants a tar gets it, and it is the one the digest names.
  auto layer = image->source->open_layer(1);
  REQUIRE(layer);
  CHECK((*layer)->finish());
}

TEST_CASE("An image is found by tag, bare name, ID and short ID") {
  if (geteuid() != 0 || !engine_runs()) return;
  const EngineImage engine;
  const TempDir scratch = temporary();
  OpenOptions options;
  options.temporary_directory = scratch.path();
  for (const std::string& text :
       {kName + ":1", "docker-daemon:" + engine.id, "docker-daemon:" + engine.id.substr(7, 12)}) {
    INFO(text);
    const auto image = open_image(parse(text), options);
    REQUIRE(image);
    CHECK(image->digest.text() == engine.id);
  }
  const auto absent = open_engine_image(parse("docker-daemon:" + kName + ":absent"), options);
  REQUIRE_FALSE(absent);
  CHECK(absent.error().code() == ErrorCode::not_found);
}

TEST_CASE("A streamed image is the same image") {
  if (!engine_runs()) return;
  const EngineImage engine;
  const TempDir scratch = temporary();
  const Interrupt never;
  const auto socket = engine_socket();
  REQUIRE(socket);
  const auto http = EngineHttp::connect(*socket, never);
  REQUIRE(http);
  const std::string path = scratch.path() + "/saved.tar";
  {
    auto file = open_file(path, O_WRONLY | O_CREAT, 0600);
    REQUIRE(file);
    const auto reply = http->download("/images/" + kName + ":1/get", [&](auto bytes) {
      return write_all(*file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path);
    });
    REQUIRE(reply);
    CHECK(reply->status == 200);
    CHECK(reply->body.empty());
  }
  OpenOptions options;
  options.temporary_directory = scratch.path();
  const auto image = open_image({Transport::docker_archive, path, ""}, options);
  REQUIRE(image);
  CHECK(image->digest.text() == engine.id);
  CHECK(image->layers.size() == 2);
}

TEST_CASE("A socket that we may not use is a matter of permission") {
  if (geteuid() != 0 || !engine_runs()) return;
  const auto socket = engine_socket();
  REQUIRE(socket);
  // As nobody, in a child: the check is made with the effective user of the process.
  const pid_t child = fork();
  if (child == 0) {
    if (setgid(65534) != 0 || setuid(65534) != 0) _exit(3);
    const Interrupt never;
    const auto http = EngineHttp::connect(*socket, never);
    _exit(!http && http.error().code() == ErrorCode::permission ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
