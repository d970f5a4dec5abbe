// SPDX-License-Identifier: Apache-2.0
// What slim writes, read by everybody else.
#include "slim/image/write.hpp"

#include <sys/mount.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "image_tools.hpp"

using namespace slim;
using namespace slim::image;
using namespace slim::image::test;
using Json = nlohmann::json;

namespace {

struct Written {
  TempDir scratch = temporary();
  Sample image = sample(scratch, {"slim-test/written:1"});
  std::string archive = scratch.path() + "/image.tar";
  WrittenImage facts;

  Written() {
    auto result = write_image(archive, image.request());
    REQUIRE(result);
    facts = *result;
  }
};

// Ends what Docker or Podman were given, also when the test fails.
struct Remove {
  std::vector<std::string> command;
  ~Remove() { (void)run_command(command, Interrupt()); }
};

bool docker_runs() {
  const auto output =
      run_command({"docker", "version", "--format", "{{.Server.Version}}"}, Interrupt());
  if (output && output->status.ok()) return true;
  WARN("skipped: no Docker engine is running");
  return false;
}

void check_config(const Json& config) {
  CHECK(config["Env"] == Json({"PATH=/bin", "GREETING=hello"}));
  CHECK(config["Entrypoint"] == Json({"/bin/busybox"}));
  CHECK(config["Cmd"] == Json({"sh", "-c", "echo $GREETING"}));
  CHECK(config["Volumes"] == Json({{"/data", Json::object()}}));
  CHECK(config["Labels"] == Json({{"a", "b"}}));
  CHECK(config["StopSignal"] == "SIGINT");
  CHECK(config["ExposedPorts"] == Json({{"8080/tcp", Json::object()}}));
  CHECK(config["Healthcheck"]["Test"] == Json({"CMD", "/bin/sh"}));
  CHECK(config["Shell"] == Json({"/bin/sh", "-c"}));
  CHECK(config["OnBuild"] == Json({"RUN true"}));
}

}  // namespace

TEST_CASE("skopeo reads it as an OCI archive and as a Docker archive") {
  const Written written;
  const auto inspect = [&](const std::string& reference) {
    return Json::parse(output_of({"skopeo", "inspect", reference}));
  };
  const Json oci = inspect("oci-archive:" + written.archive);
  CHECK(oci["Digest"] == written.facts.manifest_digest.text());
  CHECK(oci["Layers"] == Json({written.facts.layer.diff_id.text()}));
  CHECK(inspect("oci-archive:" + written.archive + ":slim-test/written:1")["Digest"] ==
        written.facts.manifest_digest.text());
  CHECK(inspect("docker-archive:" + written.archive + ":slim-test/written:1")["Layers"] ==
        Json({written.facts.layer.diff_id.text()}));
  const Json config = Json::parse(
      output_of({"skopeo", "inspect", "--config", "--raw", "docker-archive:" + written.archive}));
  check_config(config["config"]);
  CHECK(config["author"] == "me");

  for (const std::string transport : {"oci-archive:", "docker-archive:"}) {
    const std::string copy = written.scratch.path() + "/copy-" + transport.substr(0, 3);
    output_of({"skopeo", "--insecure-policy", "copy", "--quiet", transport + written.archive,
               "dir:" + copy});
    const std::string sum = output_of({"sha256sum", copy + "/" + written.facts.layer.diff_id.hex});
    CHECK(sum.substr(0, 64) == written.facts.layer.diff_id.hex);
  }
}

TEST_CASE("umoci unpacks it with all attributes") {
  if (geteuid() != 0) {
    WARN("skipped: needs root");
    return;
  }
  const Written written;
  const std::string layout = written.scratch.path() + "/layout";
  const std::string bundle = written.scratch.path() + "/bundle";
  output_of({"mkdir", layout});
  output_of({"tar", "-C", layout, "-xf", written.archive});
  // umoci takes no name with a slash; an OCI layout may have it.
  output_of({"skopeo", "--insecure-policy", "copy", "--quiet", "oci:" + layout,
             "oci:" + layout + "-2:latest"});
  output_of({"umoci", "unpack", "--image", layout + "-2:latest", bundle});
  const std::string rootfs = bundle + "/rootfs/";
  CHECK(output_of({"stat", "-c", "%a %u %g %h %.9Y", rootfs + "bin/busybox"}) ==
        "4755 0 0 2 1700000000.123456789\n");
  CHECK(output_of({"stat", "-c", "%a %u %g %s", rootfs + "filler"}) == "640 1000 1001 1048576\n");
  CHECK(output_of({"cmp", rootfs + "bin/busybox", "/usr/bin/busybox"}).empty());
  const Json spec = Json::parse(*read_file(bundle + "/config.json"));
  CHECK(spec["process"]["args"] == Json({"/bin/busybox", "sh", "-c", "echo $GREETING"}));
}

TEST_CASE("docker load takes it and the container runs") {
  if (!docker_runs()) return;
  const Written written;
  const Remove remove{{"docker", "image", "rm", "-f", "slim-test/written:1"}};
  CHECK(output_of({"docker", "load", "-i", written.archive}) ==
        "Loaded image: slim-test/written:1\n");
  const Json inspected =
      Json::parse(output_of({"docker", "image", "inspect", "slim-test/written:1"}))[0];
  CHECK(inspected["Id"] == written.facts.config_digest.text());
  CHECK(inspected["RootFS"]["Layers"] == Json({written.facts.layer.diff_id.text()}));
  CHECK(inspected["Created"] == "2024-01-01T00:00:00Z");
  check_config(inspected["Config"]);
  CHECK(output_of({"docker", "run", "--rm", "--network", "none", "slim-test/written:1"}) ==
        "hello\n");
}

TEST_CASE("An image without a name is loaded by its ID") {
  if (!docker_runs()) return;
  const TempDir scratch = temporary();
  Sample nameless = sample(scratch, {});
  nameless.filler = 4096 + getpid();  // an ID that nobody else loads at the same time
  const std::string archive = scratch.path() + "/image.tar";
  const auto written = write_image(archive, nameless.request());
  REQUIRE(written);
  const Remove remove{{"docker", "image", "rm", "-f", written->config_digest.text()}};
  CHECK(output_of({"docker", "load", "-i", archive}) ==
        "Loaded image ID: " + written->config_digest.text() + "\n");
}

TEST_CASE("podman load takes it") {
  if (geteuid() != 0) {
    WARN("skipped: needs root");
    return;
  }
  const Written written;
  // A store of our own, so that nothing is left in the machine's.
  const std::vector<std::string> podman = {"podman",
                                           "--root",
                                           written.scratch.path() + "/podman",
                                           "--runroot",
                                           written.scratch.path() + "/podman-run",
                                           "--storage-driver",
                                           "vfs"};
  const auto with = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), podman.begin(), podman.end());
    return arguments;
  };
  output_of(with({"load", "-q", "-i", written.archive}));
  const Json inspected =
      Json::parse(output_of(with({"image", "inspect", "slim-test/written:1"})))[0];
  CHECK(inspected["Id"] == written.facts.config_digest.hex);
  CHECK(inspected["RepoTags"].dump().find("slim-test/written:1") != std::string::npos);
}

TEST_CASE("It is sent to the places skopeo knows") {
  const Written written;
  const std::string to = written.scratch.path() + "/sent";
  const auto inspect = [&](const std::string& reference) {
    return Json::parse(output_of({"skopeo", "inspect", reference}));
  };
  for (const std::string& destination :
       {"oci:" + to + "-oci:v1", "oci-archive:" + to + ".oci.tar", "dir:" + to + "-dir",
        "docker-archive:" + to + ".docker.tar:name:v1"}) {
    INFO(destination);
    const auto sent = send_image(written.archive, destination, Interrupt());
    REQUIRE(sent);
    CHECK(inspect(destination)["Layers"] == Json({written.facts.layer.diff_id.text()}));
    if (!destination.starts_with("docker-archive:"))
      CHECK(inspect(destination)["Digest"] == written.facts.manifest_digest.text());
  }
}

TEST_CASE("skopeo's own words are in the error") {
  const Written written;
  const auto sent = send_image(written.archive, "dir:/proc/nothing/here", Interrupt());
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code() == ErrorCode::io);
  CHECK(sent.error().text().find("/proc/nothing/here") != std::string::npos);
  CHECK(sent.error().text().find("no such file or directory") != std::string::npos);
  // A registry that does not answer, on this machine, by the way without TLS.
  const auto refused = send_image(written.archive, "docker://localhost:1/a:1", Interrupt());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text().find("connection refused") != std::string::npos);
}

TEST_CASE("Without skopeo the error names it") {
  const std::string path = getenv("PATH");
  setenv("PATH", "/nonexistent", 1);
  const auto checked = check_destination("docker://localhost:1/a:1");
  const auto sent = send_image("/nonexistent/image.tar", "dir:/x", Interrupt());
  CHECK(check_destination("docker-daemon:a:1"));
  setenv("PATH", path.c_str(), 1);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code() == ErrorCode::unsupported);
  CHECK(checked.error().text().find("skopeo") != std::string::npos);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code() == ErrorCode::unsupported);
}

TEST_CASE("It is sent to a Docker engine under the name that was asked for, and no other") {
  if (!docker_runs()) return;
  const TempDir scratch = temporary();
  Sample image = sample(scratch, {"slim-test/not-this:1"});
  image.filler = 8192 + getpid();
  const std::string archive = scratch.path() + "/image.tar";
  const auto written = write_image(archive, image.request());
  REQUIRE(written);
  const Remove remove{{"docker", "image", "rm", "-f", "slim-test/sent:2"}};
  REQUIRE(send_image(archive, "docker-daemon:slim-test/sent:2", Interrupt()));
  const Json inspected =
      Json::parse(output_of({"docker", "image", "inspect", written->config_digest.text()}))[0];
  CHECK(inspected["RepoTags"] == Json({"slim-test/sent:2"}));
}

TEST_CASE("A full disk leaves nothing behind and says so") {
  if (geteuid() != 0) {
    WARN("skipped: needs root");
    return;
  }
  const TempDir scratch = temporary();
  const std::string small = scratch.path() + "/small";
  REQUIRE(make_directories(small));
  REQUIRE(mount("slim-test", small.c_str(), "tmpfs", 0, "size=256k") == 0);
  struct Unmount {
    const std::string& path;
    ~Unmount() { umount2(path.c_str(), MNT_DETACH); }
  } const unmount{small};
  REQUIRE(write_file_atomically(small + "/image.tar", "old"));
  const Sample image = sample(scratch, {});
  const auto written = write_image(small + "/image.tar", image.request());
  REQUIRE_FALSE(written);
  CHECK(written.error().code() == ErrorCode::no_space);
  CHECK(output_of({"ls", "-A", small}) == "image.tar\n");
  CHECK(*read_file(small + "/image.tar") == "old");
}
