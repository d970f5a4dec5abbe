// SPDX-License-Identifier: Apache-2.0
#include "slim/image/model.hpp"

#include <sys/utsname.h>

#include "image/manifest.hpp"
#include "image_builder.hpp"

using namespace slim;
using namespace slim::image;
using namespace slim::image::test;
using Catch::Contains;
using Catch::StartsWith;

namespace {

ImageConfig parsed(const Json& json) { return value_of(ImageConfig::parse(json.dump())); }
const Json kRootfs = {{"type", "layers"}, {"diff_ids", Json::array()}};
ImageConfig with_config(const Json& config) {
  return parsed({{"config", config}, {"rootfs", kRootfs}});
}
std::string error_with_config(const Json& config) {
  return error_of(ImageConfig::parse(Json{{"config", config}, {"rootfs", kRootfs}}.dump()));
}

}  // namespace

TEST_CASE("every field of a config is read") {
  const std::string digest = "sha256:" + std::string(64, '0');
  const std::string text = R"({
    "architecture":"arm64","os":"linux","variant":"v8","created":"2024-01-01T00:00:00Z",
    "config":{"User":"www:33","ExposedPorts":{"443/tcp":{},"53/UDP":{},"80":{}},
      "Env":["PATH=/bin","A=b=c"],"Entrypoint":["/e"],"Cmd":["c","d"],"WorkingDir":"/w",
      "Volumes":{"/data":{},"/a":{}},"Labels":{"k":"v"},"StopSignal":"SIGQUIT",
      "Healthcheck":{"Test":["CMD","x"],"Interval":30000000000,"Timeout":1,"StartPeriod":2,
      "Retries":3},"Shell":["/bin/sh","-c"],"OnBuild":["RUN x"],"Future":1},
    "rootfs":{"type":"layers","diff_ids":[")" + digest + R"("]},"history":[]})";
  const ImageConfig config = value_of(ImageConfig::parse(text));
  CHECK(config.json == text);
  CHECK(config.platform.text() == "linux/arm64/v8");
  CHECK(config.user == "www:33");
  CHECK(config.exposed_ports == std::vector<Port>{{53, "udp"}, {80, "tcp"}, {443, "tcp"}});
  CHECK(config.env == std::vector<std::string>{"PATH=/bin", "A=b=c"});
  CHECK(config.entrypoint == std::vector<std::string>{"/e"});
  CHECK(config.cmd == std::vector<std::string>{"c", "d"});
  CHECK(config.working_dir == "/w");
  CHECK(config.volumes == std::vector<std::string>{"/a", "/data"});
  CHECK(config.labels == std::map<std::string, std::string>{{"k", "v"}});
  CHECK(config.stop_signal == "SIGQUIT");
  CHECK(config.shell == std::vector<std::string>{"/bin/sh", "-c"});
  CHECK(config.on_build == std::vector<std::string>{"RUN x"});
  REQUIRE(config.health_check);
  CHECK(config.health_check->test == std::vector<std::string>{"CMD", "x"});
  CHECK(config.health_check->interval == std::chrono::seconds(30));
  CHECK(config.health_check->timeout.count() == 1);
  CHECK(config.health_check->start_period.count() == 2);
  CHECK(config.health_check->retries == 3);
  REQUIRE(config.diff_ids.size() == 1);
  CHECK(config.diff_ids[0].text() == digest);
}

TEST_CASE("null is absent, as Go writes it") {
  const ImageConfig config = with_config({{"Cmd", nullptr},
                                          {"Entrypoint", nullptr},
                                          {"ExposedPorts", nullptr},
                                          {"Labels", nullptr},
                                          {"Volumes", nullptr},
                                          {"Healthcheck", nullptr},
                                          {"User", nullptr}});
  CHECK(config.cmd.empty());
  CHECK(config.user.empty());
  CHECK_FALSE(config.health_check);
  CHECK(config.platform.os == "linux");
  CHECK(parsed({{"config", nullptr}, {"rootfs", kRootfs}}).env.empty());
}

TEST_CASE("a command may be a lone string, and ports a range") {
  const ImageConfig config =
      with_config({{"Cmd", "run"}, {"ExposedPorts", {{"8000-8002/udp", Json::object()}}}});
  CHECK(config.cmd == std::vector<std::string>{"run"});
  CHECK(config.exposed_ports == std::vector<Port>{{8000, "udp"}, {8001, "udp"}, {8002, "udp"}});
}

TEST_CASE("hostile configs are errors that name the field") {
  CHECK_THAT(error_with_config({{"Env", "A=b"}, {"Cmd", 7}}), Contains("config.Cmd"));
  CHECK_THAT(error_with_config({{"Env", {1, 2}}}), Contains("config.Env is not a list of strings"));
  CHECK_THAT(error_with_config({{"User", Json::array()}}), Contains("config.User"));
  CHECK_THAT(error_with_config({{"Labels", {{"a", 1}}}}), Contains("config.Labels"));
  CHECK_THAT(error_with_config({{"Volumes", {"/a"}}}), Contains("config.Volumes"));
  CHECK_THAT(error_with_config({{"Healthcheck", {{"Interval", "1s"}}}}), Contains("Healthcheck"));
  CHECK_THAT(error_with_config({{"Healthcheck", {{"Interval", -1}}}}), Contains("Healthcheck"));
  CHECK_THAT(error_with_config({{"Healthcheck", {{"Retries", 1e30}}}}), Contains("Retries"));
  CHECK_THAT(error_with_config({{"Healthcheck", {{"Timeout", UINT64_MAX}}}}), Contains("Timeout"));
  CHECK_THAT(error_with_config({{"WorkingDir", std::string("/a\0b", 4)}}), Contains("NUL"));
  CHECK_THAT(error_with_config({{"Env", {std::string("A\0=1", 4)}}}), Contains("NUL"));
  for (const char* port : {"0", "65536", "x", "80/icmp", "9-8", "1-", "-1", "80/", "", "1-2-3"}) {
    CAPTURE(port);
    CHECK_THAT(error_with_config({{"ExposedPorts", {{port, Json::object()}}}}),
               StartsWith("image: ") && Contains("ExposedPorts"));
  }
  CHECK_THAT(error_of(ImageConfig::parse(R"({"rootfs":{"diff_ids":["sha256:../../etc"]}})")),
             Contains("is not a digest"));
  CHECK_THAT(error_of(ImageConfig::parse("{}")), Contains("no rootfs"));
  CHECK_THAT(error_of(ImageConfig::parse("[]")), Contains("not a JSON object"));
  CHECK_THAT(error_of(ImageConfig::parse("")), Contains("not valid JSON"));
  CHECK_THAT(error_of(ImageConfig::parse("{\"a\":\"\xff\"}")), Contains("not valid JSON"));
  CHECK_THAT(error_of(ImageConfig::parse(std::string(1'000'000, '['))), Contains("levels deep"));
  CHECK_THAT(error_of(ImageConfig::parse(std::string(9u << 20, ' '))), Contains("more than"));
  // Brackets in strings are text.
  CHECK(ImageConfig::parse("{\"x\":\"\\\"" + std::string(1000, '[') + "\",\"rootfs\":{}}"));
}

TEST_CASE("platforms") {
  const auto text = [](const char* from) { return value_of(Platform::parse(from)).text(); };
  CHECK(text("linux/arm64/v8") == "linux/arm64/v8");
  CHECK(text("arm64") == "linux/arm64");
  CHECK(text("Linux/X86_64") == "linux/amd64");
  CHECK(text("aarch64") == "linux/arm64");
  CHECK(text("linux/armhf") == "linux/arm/v7");
  CHECK(text("linux") == Platform::host().text());
  for (const char* bad : {"", "/", "linux/", "a/b/c/d", "linux/ar m", "../x"}) {
    CHECK_THAT(error_of(Platform::parse(bad)), StartsWith("usage: "));
  }
  utsname names{};
  uname(&names);
  if (std::string(names.machine) == "x86_64") CHECK(Platform::host().text() == "linux/amd64");
}

TEST_CASE("a config's architecture is taken by any of its names") {
  const auto platform = [](const std::string& json) {
    return value_of(ImageConfig::parse(R"({"rootfs":{},)" + json + "}")).platform;
  };
  CHECK(platform(R"("architecture":"x86_64")").text() == "linux/amd64");
  CHECK(platform(R"("architecture":"aarch64")").text() == "linux/arm64");
  CHECK(platform(R"("architecture":"armhf")").text() == "linux/arm/v7");
  CHECK(platform(R"("architecture":"arm64","variant":"v8")").text() == "linux/arm64/v8");
  CHECK(platform(R"("architecture":"riscv64")").text() == "linux/riscv64");
}

TEST_CASE("the better platform scores higher") {
  const auto score = [](const char* wanted, const char* has) {
    return platform_score(value_of(Platform::parse(wanted)), value_of(Platform::parse(has)));
  };
  CHECK(score("linux/amd64", "linux/amd64") > score("linux/amd64", "linux/amd64/v2"));
  CHECK(score("linux/amd64", "linux/amd64/v2") > score("linux/amd64", "linux/amd64/v3"));
  CHECK(score("linux/amd64", "linux/amd64/v3") > score("linux/amd64", "linux/386"));
  CHECK(score("linux/amd64/v3", "linux/amd64/v2") > score("linux/amd64/v3", "linux/amd64"));
  CHECK(score("linux/amd64/v2", "linux/amd64/v3") < 0);
  CHECK(score("linux/arm64", "linux/arm64/v8") == score("linux/arm64/v8", "linux/arm64"));
  CHECK(score("linux/arm/v7", "linux/arm/v6") > 0);
  CHECK(score("linux/arm/v6", "linux/arm/v7") < 0);
  CHECK(score("linux/386", "linux/amd64") < 0);
  CHECK(score("linux/amd64", "linux/arm64") < 0);
  CHECK(score("linux/amd64", "windows/amd64") < 0);
}

TEST_CASE("ports") {
  CHECK(value_of(Port::parse("8080/TCP")).text() == "8080/tcp");
  CHECK(value_of(Port::parse("53")).text() == "53/tcp");
  CHECK(value_of(Port::parse("132/sctp")).text() == "132/sctp");
  for (const char* bad : {"", "0", "70000", "80/", "80/icmp", " 80", "80 ", "+80", "0x50"}) {
    CAPTURE(bad);
    CHECK_THAT(error_of(Port::parse(bad)), StartsWith("usage: "));
  }
}
