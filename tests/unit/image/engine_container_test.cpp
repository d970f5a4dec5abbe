// SPDX-License-Identifier: Apache-2.0
// Containers of a Docker engine made of canned answers; tests/e2e has real ones.
#include "slim/image/engine_container.hpp"

#include <stdlib.h>
#include <catch2/catch.hpp>

#include "engine_fixtures.hpp"

using namespace slim;
using namespace slim::image;
using namespace slim::image::engine_test;

namespace {

const std::string kImage = Digest::of("config").text();

// An engine with a container "web"; `change` makes it another.
struct Engine {
  TempDir directory = temporary();
  FakeEngine engine{directory.path() + "/engine.sock"};
  DockerHost host{"unix://" + engine.path()};
  Json container = {{"Id", "0123abc"},
                    {"Name", "/web"},
                    {"Image", kImage},
                    {"State", {{"Status", "running"}, {"Running", true}, {"Pid", 4711}}},
                    {"Config", {{"Image", "nginx:1"}, {"ExposedPorts", {{"9/tcp", Json::object()}}}}}};
  Json info = {{"Driver", "overlay2"}, {"DriverStatus", status("true", "false")}};

  Result<EngineContainer> find(const std::string& name) {
    engine.answers["/containers/web/json"] = {200, container.dump()};
    engine.answers["/info"] = {200, info.dump()};
    engine.start();
    return find_container(name, Interrupt());
  }
  void has_image() {
    const Json image = {{"Config", {{"ExposedPorts", {{"80/tcp", Json::object()},
                                                      {"53/udp", Json::object()}}}}}};
    engine.answers["/images/" + kImage + "/json"] = {200, image.dump()};
  }
};

}  // namespace

TEST_CASE("A running container: its process, its image and what that declares") {
  Engine docker;
  docker.has_image();
  const auto found = docker.find("web");
  REQUIRE(found);
  CHECK(found->engine == "Docker");
  CHECK(found->id == "0123abc");
  CHECK(found->name == "web");
  CHECK(found->pid == 4711);
  CHECK(found->image == "nginx:1");
  CHECK(found->image_digest == kImage);
  CHECK(found->config_digest == kImage);
  REQUIRE(found->exposed);
  CHECK(*found->exposed == std::vector<Port>{{53, "udp"}, {80, "tcp"}});
}

TEST_CASE("What is not known of a container's image is not made up") {
  Engine docker;
  SECTION("the image is gone") {
    const auto found = docker.find("web");
    REQUIRE(found);
    CHECK_FALSE(found->exposed);
  }
  SECTION("in containerd's store the ID is not the config's digest") {
    docker.has_image();
    docker.info["DriverStatus"].push_back(Json::array({"driver-type", "io.containerd.snapshotter.v1"}));
    const auto found = docker.find("web");
    REQUIRE(found);
    CHECK(found->image_digest == kImage);
    CHECK(found->config_digest.empty());
  }
}

TEST_CASE("A container that does not run, and answers that make no sense") {
  Engine docker;
  SECTION("stopped") { docker.container["State"] = {{"Status", "exited"}, {"Pid", 0}}; }
  SECTION("a process that is no number") { docker.container["State"]["Pid"] = "4711"; }
  SECTION("no state at all") { docker.container.erase("State"); }
  const auto found = docker.find("web");
  REQUIRE_FALSE(found);
  CHECK(found.error().code() == ErrorCode::container);
  CHECK(found.error().text().find("does not run") != std::string::npos);
}

TEST_CASE("A container that nobody has") {
  Engine docker;
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", "/nonexistent", 1);  // where no podman is
  const auto found = docker.find("slim-no-such-container");
  ::setenv("PATH", path.c_str(), 1);
  REQUIRE_FALSE(found);
  CHECK(found.error().code() == ErrorCode::not_found);
  CHECK(found.error().text().find("slim-no-such-container") != std::string::npos);
}
