// SPDX-License-Identifier: Apache-2.0
// Against a Docker engine made of canned answers; tests/integration has the real one.
#include "image/engine.hpp"

#include <catch2/catch.hpp>
#include <dirent.h>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "image/engine_http.hpp"
#include "image/engine_local.hpp"
#include "image/write_tar.hpp"
#include "slim/base/file.hpp"

using namespace slim;
using namespace slim::image;
using Json = nlohmann::json;

namespace {

TempDir temporary() {
  auto directory = TempDir::create("/tmp", "slim-engine-test");
  REQUIRE(directory);
  return std::move(*directory);
}

struct Answer {
  int status = 200;
  std::string body;
};

// Serves one request a connection until it is destroyed. Paths are without "/vN.N".
class FakeEngine {
 public:
  explicit FakeEngine(std::string path) : path_(std::move(path)) {
    listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_.get(), 16) == 0);
    answers["/version"] = {200, R"({"ApiVersion":"1.41","MinAPIVersion":"1.12"})"};
  }
  ~FakeEngine() {
    ::shutdown(listener_.get(), SHUT_RDWR);  // ends accept(2)
    if (thread_.joinable()) thread_.join();
  }
  void start() {
    thread_ = std::thread([this] { serve(); });
  }
  const std::string& path() const { return path_; }

  std::map<std::string, Answer> answers;  // before start()
  std::vector<std::string> asked;         // after the engine is gone, or between requests

 private:
  void serve() {
    for (;;) {
      const Fd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!connection) return;
      std::string request;
      char buffer[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t count = ::read(connection.get(), buffer, sizeof buffer);
        if (count <= 0) break;
        request.append(buffer, static_cast<size_t>(count));
      }
      if (request.empty()) continue;  // slim looks whether somebody listens
      const size_t start = request.find(' ') + 1;
      std::string target = request.substr(start, request.find(' ', start) - start);
      asked.push_back(target);
      if (target.starts_with("/v1.")) target.erase(0, target.find('/', 1));
      const auto found = answers.find(target);
      const Answer answer =
          found == answers.end() ? Answer{404, R"({"message":"no such thing"})"} : found->second;
      const std::string reply = "HTTP/1.1 " + std::to_string(answer.status) +
                                " X\r\nConnection: close\r\nContent-Length: " +
                                std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
      (void)write_all(connection, reply, "client");
    }
  }
  std::string path_;
  Fd listener_;
  std::thread thread_;
};

class DockerHost {
 public:
  explicit DockerHost(const std::string& value) {
    if (const char* old = getenv("DOCKER_HOST")) old_ = old;
    setenv("DOCKER_HOST", value.c_str(), 1);
  }
  ~DockerHost() { old_ ? setenv("DOCKER_HOST", old_->c_str(), 1) : unsetenv("DOCKER_HOST"); }

 private:
  std::optional<std::string> old_;
};

Reference reference() { return {Transport::docker_daemon, "app", "1"}; }

// As /info has it: a list of pairs.
Json status(const char* native_diff, const char* userxattr) {
  return Json::array({Json::array({"Backing Filesystem", "extfs"}),
                      Json::array({"Native Overlay Diff", native_diff}),
                      Json::array({"userxattr", userxattr})});
}

// An engine's directory with an image of two layers, and what the engine says of it.
struct Host {
  TempDir directory = temporary();
  std::string root = directory.path() + "/docker";
  std::vector<Digest> diff_ids = {Digest::of("one"), Digest::of("two")};
  std::string config;
  Digest id;
  Json info, inspected;

  Host() {
    config = Json({{"architecture", Platform::host().architecture},
                   {"os", "linux"},
                   {"config", {{"Cmd", {"/app"}}}},
                   {"rootfs", {{"type", "layers"},
                               {"diff_ids", {diff_ids[0].text(), diff_ids[1].text()}}}}})
                 .dump();
    id = Digest::of(config);
    put("image/overlay2/imagedb/content/sha256/" + id.hex, config);
    layer(diff_ids[0].hex, diff_ids[0], "aaaa");
    // echo -n "sha256:<one> sha256:<two>" | sha256sum
    layer(Digest::of(diff_ids[0].text() + " " + diff_ids[1].text()).hex, diff_ids[1], "bbbb");
    info = {{"Driver", "overlay2"},
            {"DriverStatus", status("true", "false")},
            {"SecurityOptions", {"name=seccomp,profile=default"}},
            {"DockerRootDir", root}};
    inspected = {{"Id", id.text()},
                 {"RepoTags", {"app:1"}},
                 {"Os", "linux"},
                 {"Architecture", Platform::host().architecture},
                 {"Size", 7},
                 {"GraphDriver", {{"Name", "overlay2"},
                                  {"Data", {{"LowerDir", root + "/overlay2/aaaa/diff"},
                                            {"UpperDir", root + "/overlay2/bbbb/diff"}}}}}};
  }
  void put(const std::string& path, const std::string& content) {
    const std::string full = root + "/" + path;
    REQUIRE(make_directories(full.substr(0, full.rfind('/'))));
    REQUIRE(write_file_atomically(full, content));
  }
  void layer(const std::string& chain, const Digest& diff_id, const std::string& cache) {
    put("image/overlay2/layerdb/sha256/" + chain + "/diff", diff_id.text());
    put("image/overlay2/layerdb/sha256/" + chain + "/cache-id", cache);
    REQUIRE(make_directories(root + "/overlay2/" + cache + "/diff"));
  }
};

// `docker save` of an image with one empty layer.
std::string saved_image() {
  const std::string layer = tar_end();
  const std::string config =
      Json({{"architecture", Platform::host().architecture},
            {"os", "linux"},
            {"config", Json::object()},
            {"rootfs", {{"type", "layers"}, {"diff_ids", {Digest::of(layer).text()}}}}})
          .dump();
  const std::string name = Digest::of(config).hex + ".json";
  const std::string manifest =
      Json::array({{{"Config", name}, {"RepoTags", {"app:1"}}, {"Layers", {"x/layer.tar"}}}})
          .dump();
  return tar_member(name, config) + tar_member("x/", "") + tar_member("x/layer.tar", layer) +
         tar_member("manifest.json", manifest) + tar_end();
}

size_t files_in(const std::string& directory) {
  size_t count = 0;
  DIR* stream = opendir(directory.c_str());
  REQUIRE(stream);
  while (const dirent* item = readdir(stream)) count += item->d_name[0] != '.';
  closedir(stream);
  return count;
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
    engine.answers["/version"] = {
        200, Json({{"ApiVersion", newest}, {"MinAPIVersion", oldest}}).dump()};
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
  Host host;
  host.info["Driver"] = "vfs";
  engine.answers["/info"] = {200, host.info.dump()};
  engine.answers["/images/app:1/json"] = {200, host.inspected.dump()};
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
  Host host;
  host.info["Driver"] = "vfs";
  engine.answers["/info"] = {200, host.info.dump()};
  engine.answers["/images/app:1/json"] = {200, host.inspected.dump()};
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

TEST_CASE("Layers are found through the engine's own records") {
  if (geteuid() != 0) {
    WARN("skipped: needs root");
    return;
  }
  Host host;
  const auto layers = find_local_layers(host.info, host.inspected);
  REQUIRE(layers);
  CHECK(layers->config_json == host.config);
  CHECK(layers->directories == std::vector<std::string>{host.root + "/overlay2/aaaa/diff",
                                                        host.root + "/overlay2/bbbb/diff"});
}

TEST_CASE("Layers are not used in place when anything is doubtful") {
  if (geteuid() != 0) {
    WARN("skipped: needs root");
    return;
  }
  Host host;
  std::string reason;
  SECTION("another driver") {
    host.info["Driver"] = "btrfs";
    reason = "btrfs";
  }
  SECTION("redirects or metacopy") {
    host.info["DriverStatus"] = status("false", "false");
    reason = "redirect_dir";
  }
  SECTION("whiteouts of a rootless engine") {
    host.info["DriverStatus"] = status("true", "true");
    reason = "rootless";
  }
  SECTION("shifted owners") {
    host.info["SecurityOptions"] = Json::array({"name=userns"});
    reason = "userns";
  }
  SECTION("an engine elsewhere") {
    host.info["DockerRootDir"] = "/nonexistent";
    reason = "/nonexistent";
  }
  SECTION("a root directory that is no path") {
    host.info["DockerRootDir"] = 7;
    reason = "not on this host";
  }
  SECTION("a config that is not the image's") {
    host.put("image/overlay2/imagedb/content/sha256/" + host.id.hex, host.config + " ");
    reason = "record of the image";
  }
  SECTION("a record of another layer") {
    host.put("image/overlay2/layerdb/sha256/" + host.diff_ids[0].hex + "/diff",
             host.diff_ids[1].text());
    reason = host.diff_ids[0].text();
  }
  SECTION("a record that leads elsewhere") {
    host.put("image/overlay2/layerdb/sha256/" + host.diff_ids[0].hex + "/cache-id", "../../../etc");
    reason = host.diff_ids[0].text();
  }
  SECTION("a directory that is gone") {
    REQUIRE(remove_tree(host.root + "/overlay2/bbbb/diff"));
    reason = host.diff_ids[1].text();
  }
  SECTION("a directory that is a symlink") {
    REQUIRE(remove_tree(host.root + "/overlay2/bbbb/diff"));
    REQUIRE(symlink("/etc", (host.root + "/overlay2/bbbb/diff").c_str()) == 0);
    reason = host.diff_ids[1].text();
  }
  SECTION("an engine that says otherwise") {
    host.inspected["GraphDriver"]["Data"]["LowerDir"] = host.root + "/overlay2/cccc/diff";
    reason = "disagree";
  }
  SECTION("one directory too few") {
    host.inspected["GraphDriver"]["Data"].erase("LowerDir");
    reason = "disagree";
  }
  const auto layers = find_local_layers(host.info, host.inspected);
  REQUIRE_FALSE(layers);
  CHECK(layers.error().text().find(reason) != std::string::npos);
}
