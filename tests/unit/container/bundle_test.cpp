// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <stdlib.h>

#include "container/environment.hpp"
#include "container/spec.hpp"
#include "slim/base/file.hpp"

using namespace slim;
using namespace slim::container;
using Strings = std::vector<std::string>;

TEST_CASE("the command line is merged as by docker run") {
  image::ImageConfig config;
  config.entrypoint = {"/entry", "-x"};
  config.cmd = {"serve"};
  RunOptions options;
  CHECK(*command_line(config, options) == Strings{"/entry", "-x", "serve"});
  options.command = {"other", "arg"};
  CHECK(*command_line(config, options) == Strings{"/entry", "-x", "other", "arg"});
  options.entrypoint = "/bin/sh";
  CHECK(*command_line(config, options) == Strings{"/bin/sh", "other", "arg"});
  options.command.clear();
  CHECK(*command_line(config, options) == Strings{"/bin/sh"});
  options.entrypoint = "";
  CHECK(command_line(config, options).error().code() == ErrorCode::usage);
  options.command = {"plain"};
  CHECK(*command_line(config, options) == Strings{"plain"});
  CHECK(command_line({}, {}).error().code() == ErrorCode::usage);
  options.command = {""};
  CHECK(command_line(config, options).error().code() == ErrorCode::usage);
}

TEST_CASE("the environment: defaults, the image's, files, options, HOME") {
  image::ImageConfig config;
  config.env = {"A=image", "B=image", "EMPTY="};
  RunOptions options;
  options.env = {"B=option", "C=x=y", "FROM_HOST", "A"};
  ::setenv("FROM_HOST", "host", 1);
  ::unsetenv("A");
  const auto list = *environment(config, options, "box", "/home/u");
  CHECK(list == Strings{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                        "HOSTNAME=box", "B=option", "EMPTY=", "C=x=y", "FROM_HOST=host",
                        "HOME=/home/u"});
  config.env = {"PATH=/bin", "HOME=/given"};
  CHECK(*environment(config, {}, "box", "/home/u") ==
        Strings{"PATH=/bin", "HOSTNAME=box", "HOME=/given"});
  options.env = {"=x"};
  CHECK(environment(config, options, "b", "/").error().code() == ErrorCode::usage);
  options.env = {"A B=x"};
  CHECK(environment(config, options, "b", "/").error().code() == ErrorCode::usage);
}

TEST_CASE("environment files") {
  const auto directory = *TempDir::create("/tmp", "slim-env");
  const std::string path = directory.path() + "/file";
  REQUIRE(write_file_atomically(path, "# comment\n\n  A=1 2 \r\nFROM_HOST\nB='q'\nUNSET_HERE"));
  ::setenv("FROM_HOST", "host", 1);
  RunOptions options;
  options.env_files = {path};
  options.env = {"B=over"};
  const auto list = *environment({}, options, "h", "/");
  CHECK(Strings(list.begin() + 2, list.end()) ==
        Strings{"A=1 2 ", "FROM_HOST=host", "B=over", "HOME=/"});
  REQUIRE(write_file_atomically(path, "\xef\xbb\xbf" "A=1\n"));
  options.env_files = {path};
  options.env.clear();
  CHECK((*environment({}, options, "h", "/"))[2] == "A=1");
  options.env_files = {path + ".no"};
  CHECK(environment({}, options, "h", "/").error().code() == ErrorCode::usage);
}

TEST_CASE("capabilities are Docker's, plus and minus the options") {
  RunOptions options;
  const auto standard = *capabilities(options);
  CHECK(standard.size() == 14);
  options.cap_drop = {"mknod", "CAP_NET_RAW"};
  options.cap_add = {"sys_nice", "CAP_CHOWN"};
  auto some = *capabilities(options);
  CHECK(some.size() == 13);
  CHECK(some.back() == "CAP_SYS_NICE");
  CHECK(std::count(some.begin(), some.end(), "CAP_CHOWN") == 1);
  CHECK(std::count(some.begin(), some.end(), "CAP_MKNOD") == 0);
  options.cap_drop = {"ALL"};
  options.cap_add = {"net_bind_service"};
  CHECK(*capabilities(options) == Strings{"CAP_NET_BIND_SERVICE"});
  options.cap_add = {"all"};
  options.cap_drop = {"chown"};
  const auto most = *capabilities(options);
  CHECK(std::count(most.begin(), most.end(), "CAP_CHOWN") == 0);
  CHECK(std::count(most.begin(), most.end(), "ALL") == 0);
  for (const auto* none : {"CAP_EVERYTHING", "KILL,MKNOD", "KILL ", "5", ""}) {
    INFO(none);
    options.cap_add = {none};
    const auto refused = capabilities(options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == ErrorCode::usage);
  }
}

namespace {

nlohmann::json made(const SpecInput& input) {
  auto spec = spec_json(input);
  REQUIRE(spec);
  return *spec;
}

const nlohmann::json* mount_at(const nlohmann::json& spec, const std::string& destination) {
  const nlohmann::json* found = nullptr;
  for (const auto& mount : spec["mounts"])
    if (mount["destination"] == destination) {
      REQUIRE(found == nullptr);
      found = &mount;
    }
  return found;
}

}  // namespace

TEST_CASE("the runtime specification has the form that runtimes read") {
  Request request;
  request.rootfs = "/r";
  request.options.shm_size = "1m";
  request.seccomp = R"({"defaultAction":"SCMP_ACT_ALLOW"})";
  SpecInput input;
  input.request = &request;
  input.arguments = {"a", "b"};
  input.capabilities = {"CAP_CHOWN"};
  input.user.groups = {0};
  input.working_directory = "/";
  input.hostname = "h";
  input.network_namespace = "/proc/1/fd/3";
  input.cgroup = "slim-x";
  input.layout = CgroupLayout::unified;
  input.mounts.push_back({{"destination", "/dev/mqueue"}, {"type", "bind"}});
  auto spec = made(input);
  CHECK(spec["process"]["args"] == nlohmann::json(Strings{"a", "b"}));
  CHECK(spec["process"]["capabilities"]["effective"].size() == 1);
  CHECK_FALSE(spec["process"]["capabilities"].contains("inheritable"));
  CHECK_FALSE(spec["process"]["capabilities"].contains("ambient"));
  CHECK(spec["linux"]["seccomp"]["defaultAction"] == "SCMP_ACT_ALLOW");
  CHECK(spec["linux"]["cgroupsPath"] == "/slim-x");
  CHECK(spec["linux"]["resources"]["devices"][0] ==
        nlohmann::json::parse(R"({"allow":false,"access":"rwm"})"));
  CHECK(spec["linux"]["namespaces"].dump() ==
        R"([{"type":"mount"},{"type":"uts"},{"type":"pid"},{"type":"ipc"},)"
        R"({"path":"/proc/1/fd/3","type":"network"},{"type":"cgroup"}])");
  CHECK((*mount_at(spec, "/dev/shm"))["options"].back() == "size=1048576");
  request.options.shm_size = "0";
  CHECK((*mount_at(made(input), "/dev/shm"))["options"].back() == "size=67108864");
  request.options.shm_size = "1m";
  CHECK((*mount_at(spec, "/dev/mqueue"))["type"] == "bind");

  // A plain user keeps capabilities in the bounding set only; v1 has no cgroup namespace; the
  // host's network keeps its sysctls.
  input.user.uid = 1000;
  input.layout = CgroupLayout::hybrid;
  input.network_namespace.clear();
  spec = made(input);
  CHECK(spec["process"]["capabilities"].size() == 1);
  CHECK(spec["linux"]["namespaces"].size() == 4);
  CHECK_FALSE(spec["linux"].contains("sysctl"));

  input.layout = CgroupLayout::none;
  input.cgroup.clear();
  spec = made(input);
  CHECK(mount_at(spec, "/sys/fs/cgroup") == nullptr);
  CHECK_FALSE(spec["linux"].contains("cgroupsPath"));

  request.seccomp = "{";
  CHECK(spec_json(input).error().code() == ErrorCode::usage);
  request.seccomp = "[]";
  CHECK(spec_json(input).error().code() == ErrorCode::usage);
}

TEST_CASE("bytes that JSON cannot hold are an error and no exception") {
  const auto text = dump_json({{"args", {"\xff\xfe"}}}, "the command");
  REQUIRE_FALSE(text);
  CHECK(text.error().code() == ErrorCode::usage);
  CHECK(text.error().text().starts_with("the command holds bytes"));
}
