// SPDX-License-Identifier: Apache-2.0
// Against a Docker engine made of canned answers; tests/integration has the real one.
#include "image/engine.hpp"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "engine_fixtures.hpp"
#include "image/engine_http.hpp"

using namespace slim;
using namespace slim::image;
using namespace slim::image::engine_test;

namespace {

Reference reference() { return {Transport::docker_daemon, "app", "1"}; }

size_t files_in(const std::string& directory) {
  size_t count = 0;
  DIR* stream = opendir(directory.c_str());
  REQUIRE(stream);
  while (const dirent* item = readdir(stream)) count += item->d_name[0] != '.';
  closedir(stream);
  return count;
}

// Has the image, but no layer directories that could be used in place.
void only_streams(FakeEngine& engine) {
  Host host;
  host.info["Driver"] = "vfs";
  engine.answers["/info"] = {200, host.info.dump()};
  engine.answers["/images/app:1/json"] = {200, host.inspected.dump()};
}

}  // namespace

TEST_CASE("DOCKER_HOST chooses the engine") {
  {
    const DockerHost host("unix:///x/y.sock");
    CHECK(engine_socket().value() == "/x/y.sock");
  }
  const DockerHost host("tcp://h.example:2375");
  const auto socket = engine_socket();
  REQUIRE_FALSE(socket);
  CHECK(socket.error().code() == ErrorCode::unsupported);
  CHECK(socket.error().text().find("tcp://h.example:2375") != std::string::npos);
}

TEST_CASE("An engine's name of an image") {
  CHECK(engine_name({Transport::docker_daemon, "a/b", "1"}) == "a/b:1");
  CHECK(engine_name({Transport::docker_daemon, "a", ""}) == "a");
  CHECK(engine_name({Transport::docker_daemon, "a", "@sha256:00"}) == "a@sha256:00");
  CHECK(url_path("a/b:1@sha256:0?x#% \xff") == "a/b:1@sha256:0%3Fx%23%25%20%FF");
}

TEST_CASE("An engine that is not there is unsupported, and the socket is named") {
  const TempDir scratch = temporary();
  for (const std::string name : {"/absent.sock", "/left.sock"}) {
    const std::string path = scratch.path() + name;
    if (name == "/left.sock") const FakeEngine left(path);  // bound, but nobody listens any more
    const DockerHost host("unix://" + path);
    const auto image = open_engine_image(reference(), {});
    REQUIRE_FALSE(image);
    CHECK(image.error().code() == ErrorCode::unsupported);
    CHECK(image.error().text().find(path) != std::string::npos);
  }
}

TEST_CASE("A socket behind which there is no engine") {
  const TempDir scratch = temporary();
  FakeEngine engine(scratch.path() + "/s");
  engine.answers["/version"] = {200, "hello"};
  engine.start();
  const DockerHost host("unix://" + engine.path());
  const auto image = open_engine_image(reference(), {});
  REQUIRE_FALSE(image);
  CHECK(image.error().code() == ErrorCode::unsupported);
  CHECK(image.error().text().find("not a Docker engine") != std::string::npos);
}

TEST_CASE("The version of the API is agreed on") {
  const TempDir scratch = temporary();
  const auto agreed = [&](const std::string& oldest, const std::string& newest) {
    FakeEngine engine(scratch.path() + "/s" + oldest + "-" + newest);
    engine.answers["/version"] = {200,
                                  Json({{"ApiVersion", newest}, {"MinAPIVersion", oldest}}).dump()};
    engine.start();
    const auto http = EngineHttp::connect(engine.path(), Interrupt());
    REQUIRE(http);
    return http->api_version();
  };
  CHECK(agreed("1.12", "1.41") == "1.41");
  CHECK(agreed("1.24", "1.52") == "1.44");
  CHECK(agreed("1.50", "1.60") == "1.50");
  CHECK(agreed("1.5", "1.9") == "1.9");
}

TEST_CASE("An image the engine does not have") {
  const TempDir scratch = temporary();
  FakeEngine engine(scratch.path() + "/s");
  engine.start();
  const DockerHost host("unix://" + engine.path());
  const auto image = open_engine_image(reference(), {});
  REQUIRE_FALSE(image);
  CHECK(image.error().code() == ErrorCode::not_found);
  CHECK(image.error().text().find("app:1") != std::string::npos);
}

TEST_CASE("An image for another platform") {
  const TempDir scratch = temporary();
  FakeEngine engine(scratch.path() + "/s");
  engine.answers["/images/app:1/json"] = {200, R"({"Id":"x","Os":"plan9","Architecture":"mips"})"};
  engine.start();
  const DockerHost host("unix://" + engine.path());
  const auto image = open_engine_image(reference(), {});
  REQUIRE_FALSE(image);
  CHECK(image.error().code() == ErrorCode::unsupported);
  CHECK(image.error().text().find("plan9/mips") != std::string::npos);
}

TEST_CASE("What cannot be used in place is streamed, and why is said") {
  const TempDir scratch = temporary();
  FakeEngine engine(scratch.path() + "/s");
  only_streams(engine);
  engine.answers["/images/app:1/get"] = {200, saved_image()};
  engine.start();
  const DockerHost docker("unix://" + engine.path());
  const TempDir temporary_files = temporary();
  OpenOptions options;
  options.temporary_directory = temporary_files.path();
  const auto image = open_engine_image(reference(), options);
  REQUIRE(image);
  CHECK(image->layers.size() == 1);
  CHECK(image->layers[0].directory.empty());
  CHECK(image->names == std::vector<std::string>{"app:1"});
  CHECK(image->reference == reference());
  CHECK(image->warning.find("vfs") != std::string::npos);
  auto layer = image->source->open_layer(0);
  REQUIRE(layer);
  CHECK((*layer)->finish());
}

TEST_CASE("A stream that breaks off leaves no file") {
  const TempDir scratch = temporary();
  FakeEngine engine(scratch.path() + "/s");
  only_streams(engine);
  SECTION("with an error of the engine") {
    engine.answers["/images/app:1/get"] = {500, R"({"message":"layer does not exist"})"};
  }
  engine.start();
  const DockerHost docker("unix://" + engine.path());
  const TempDir temporary_files = temporary();
  OpenOptions options;
  options.temporary_directory = temporary_files.path();
  const auto image = open_engine_image(reference(), options);
  REQUIRE_FALSE(image);
  CHECK(files_in(temporary_files.path()) == 0);
}

TEST_CASE("An interrupt ends the wait for an engine that does not answer") {
  const TempDir scratch = temporary();
  const std::string path = scratch.path() + "/s";
  const Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listener.get(), 16) == 0);

  // In a process of its own, for the handlers are the process's.
  const pid_t child = fork();
  if (child == 0) {
    const auto interrupt = Interrupt::install();
    if (!interrupt) _exit(2);
    const auto http = EngineHttp::connect(path, *interrupt);
    _exit(!http && http.error().code() == ErrorCode::interrupted ? 0 : 1);
  }
  const Fd probe(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const Fd request(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  char byte = 0;
  CHECK(::read(request.get(), &byte, 1) == 1);  // it has asked, so it waits
  REQUIRE(::kill(child, SIGTERM) == 0);
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
