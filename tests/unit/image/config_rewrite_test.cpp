// SPDX-License-Identifier: Apache-2.0
#include "image/config_rewrite.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace slim;
using namespace slim::image;
using Json = nlohmann::json;

namespace {

// What Docker's classic builder writes, shortened.
constexpr const char* kDocker = R"json({
  "architecture": "amd64", "os": "linux", "author": "someone", "variant": "v2",
  "config": {"Hostname": "", "User": "app", "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
    "Env": ["A=1"], "Cmd": ["serve"], "Entrypoint": ["/bin/app"], "Volumes": {"/data": {}},
    "WorkingDir": "/srv", "OnBuild": ["RUN true"], "Labels": {"x": "y"}, "StopSignal": "SIGINT",
    "Shell": ["/bin/sh", "-c"], "Healthcheck": {"Test": ["CMD", "true"], "Interval": 3000000000},
    "ArgsEscaped": true, "com.example.unknown": {"deep": [1, 2.5, null, 18446744073709551615]}},
  "container": "b319", "container_config": {"Cmd": ["#(nop)"]}, "docker_version": "20.10",
  "id": "1", "parent": "2", "moby.buildkit.cache.v0": "eyJ9", "moby.buildkit.buildinfo.v1": "e30=",
  "created": "2024-05-06T07:08:09.123456789Z",
  "history": [{"created_by": "COPY"}, {"created_by": "CMD", "empty_layer": true}],
  "rootfs": {"type": "layers", "diff_ids": ["sha256:aa"]}, "vendor.field": [true]})json";

const Digest kLayer = Digest::of("layer");

// Only the fields that rewrite_config reads.
ImageConfig source(const std::string& json) {
  ImageConfig config;
  config.json = json;
  config.platform = {"linux", "amd64", ""};
  return config;
}

Json rewritten(const std::string& json, const ConfigChanges& changes) {
  const auto result = rewrite_config(source(json), changes, {kLayer});
  REQUIRE(result);
  return Json::parse(*result);
}

ConfigChanges unchanged() {
  ConfigChanges changes;
  changes.exposed_ports = {{53, "udp"}, {80, "tcp"}};
  changes.volumes = {"/data"};
  return changes;
}

}  // namespace

TEST_CASE("Everything that is not changed is kept, known or not") {
  Json expected = Json::parse(kDocker);
  const Json result = rewritten(kDocker, unchanged());
  CHECK(result["config"] == expected["config"]);
  for (const char* field : {"architecture", "os", "author", "variant", "created", "vendor.field",
                            "moby.buildkit.buildinfo.v1"}) {
    INFO(field);
    CHECK(result[field] == expected[field]);
  }
}

TEST_CASE("What was true of the source's build only is removed") {
  const Json result = rewritten(kDocker, unchanged());
  for (const char* field : {"container", "container_config", "docker_version", "id", "parent",
                            "moby.buildkit.cache.v0"}) {
    INFO(field);
    CHECK_FALSE(result.contains(field));
  }
}

TEST_CASE("The root file system is the new layer, with one entry of history") {
  ConfigChanges changes = unchanged();
  changes.history_comment = "slim: 1 of 2 files kept";
  const Json result = rewritten(kDocker, changes);
  CHECK(result["rootfs"] == Json({{"type", "layers"}, {"diff_ids", {kLayer.text()}}}));
  CHECK(result["history"] == Json::array({{{"created", "2024-05-06T07:08:09.123456789Z"},
                                           {"created_by", "slim"},
                                           {"comment", "slim: 1 of 2 files kept"}}}));
}

TEST_CASE("Ports, volumes, command and labels change as asked") {
  ConfigChanges changes;
  changes.exposed_ports = {{8080, "tcp"}};
  changes.cmd = std::vector<std::string>{};
  changes.entrypoint = std::vector<std::string>{"/new", "arg"};
  changes.labels = {{"x", "z"}, {"new", "label"}};
  const Json config = rewritten(kDocker, changes)["config"];
  CHECK(config["ExposedPorts"] == Json({{"8080/tcp", Json::object()}}));
  CHECK_FALSE(config.contains("Volumes"));
  CHECK_FALSE(config.contains("Cmd"));
  CHECK(config["Entrypoint"] == Json({"/new", "arg"}));
  CHECK(config["Labels"] == Json({{"x", "z"}, {"new", "label"}}));
}

TEST_CASE("Without ports there is no ExposedPorts") {
  ConfigChanges changes = unchanged();
  changes.exposed_ports.clear();
  CHECK_FALSE(rewritten(kDocker, changes)["config"].contains("ExposedPorts"));
}

TEST_CASE("The time of creation is the source's unless another is given") {
  ConfigChanges changes = unchanged();
  changes.created = 1700000000;  // date -u -d @1700000000
  const Json result = rewritten(kDocker, changes);
  CHECK(result["created"] == "2023-11-14T22:13:20Z");
  CHECK(result["history"][0]["created"] == "2023-11-14T22:13:20Z");
  CHECK(rewritten(R"({"rootfs": {}})", {})["created"] == "1970-01-01T00:00:00Z");
  CHECK(rewritten(R"({"created": null})", {})["created"] == "1970-01-01T00:00:00Z");
  changes.created = 0;  // a time like any other
  CHECK(rewritten(kDocker, changes)["created"] == "1970-01-01T00:00:00Z");
  changes.created = -62135596800;
  CHECK(rewritten(kDocker, changes)["created"] == "0001-01-01T00:00:00Z");
  changes.created = INT64_MAX;
  const auto refused = rewrite_config(source(kDocker), changes, {kLayer});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::usage);
}

TEST_CASE("A config with hardly anything in it becomes a complete one") {
  ConfigChanges changes;
  changes.labels = {{"a", "b"}};
  const Json result = rewritten("{}", changes);
  CHECK(result["architecture"] == "amd64");
  CHECK(result["os"] == "linux");
  CHECK(result["config"] == Json({{"Labels", {{"a", "b"}}}}));
  CHECK_FALSE(rewritten("{}", {}).contains("config"));
  CHECK(rewritten(R"({"config": null})", {})["config"] == Json::object());
  CHECK(rewritten(R"({"config": {"Labels": null}})", changes)["config"]["Labels"]["a"] == "b");
}

TEST_CASE("The same input gives the same bytes") {
  const auto once = rewrite_config(source(kDocker), unchanged(), {kLayer});
  const auto twice = rewrite_config(source(kDocker), unchanged(), {kLayer});
  REQUIRE(once);
  CHECK(*once == *twice);
}

TEST_CASE("A config of the wrong shape is an error and not an exception") {
  for (const char* json : {"[]", "1", "", "{", R"({"config": []})", R"({"config": "x"})",
                           R"({"config": {"Labels": 3}})", "{\"a\": \"\xff\"}"}) {
    INFO(json);
    ConfigChanges changes;
    changes.labels = {{"a", "b"}};
    const auto result = rewrite_config(source(json), changes, {kLayer});
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == ErrorCode::image);
  }
}
