// SPDX-License-Identifier: Apache-2.0
// A Docker engine made of canned answers, and the directory of one.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "image/write_tar.hpp"
#include "slim/base/file.hpp"
#include "slim/image/model.hpp"

namespace slim::image::engine_test {

using Json = nlohmann::json;

inline TempDir temporary() {
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
      const std::string reply =
          "HTTP/1.1 " + std::to_string(answer.status) +
          " X\r\nConnection: close\r\nContent-Length: " + std::to_string(answer.body.size()) +
          "\r\n\r\n" + answer.body;
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

// As /info has it: a list of pairs.
inline Json status(const char* native_diff, const char* userxattr) {
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
                   {"rootfs",
                    {{"type", "layers"}, {"diff_ids", {diff_ids[0].text(), diff_ids[1].text()}}}}})
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
                 {"GraphDriver",
                  {{"Name", "overlay2"},
                   {"Data",
                    {{"LowerDir", root + "/overlay2/aaaa/diff"},
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
inline std::string saved_image() {
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

}  // namespace slim::image::engine_test
