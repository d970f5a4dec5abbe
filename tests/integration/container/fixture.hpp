// SPDX-License-Identifier: Apache-2.0
// A root file system of busybox in a directory of its own, and containers in it.
#pragma once

#include <catch2/catch.hpp>

#include <fstream>
#include <string>
#include <vector>

#include "slim/base/child.hpp"
#include "slim/base/file.hpp"
#include "slim/container/container.hpp"
#include "slim/container/probe.hpp"
#include "slim/container/readiness.hpp"

namespace slim::container::test {

template <typename T>
T must(Result<T> result) {
  if (!result) FAIL(result.error().text());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

inline Deadline in_seconds(int seconds) {
  return std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
}

inline std::string sh(const std::string& command) {
  const auto output = must(run_command({"/bin/sh", "-c", command}, Interrupt()));
  INFO(command << "\n" << output.err);
  REQUIRE(output.status.ok());
  return output.out;
}

class Fixture {
 public:
  Fixture() : directory(must(TempDir::create("/var/tmp", "slim-test"))) {
    root = directory.path() + "/root";
    sh("cd " + directory.path() + " && mkdir -p root/bin root/etc root/data/sub root/tmp && "
       "chmod 1777 root/tmp && cp $(command -v busybox) root/bin/busybox && "
       "for a in sh id cat env mount sleep ls echo httpd nc hostname stat true false pwd grep "
       "touch readlink sort printf kill wc dd date; do ln -s busybox root/bin/$a; done");
    write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n");
    write("etc/group", "root:x:0:\napp:x:1000:\nwheel:x:10:root,app\nvideo:x:44:app\n");
    config.env = {"FOO=bar"};
    config.cmd = {"sh"};
  }

  void write(const std::string& path, const std::string& text) const {
    std::ofstream(root + "/" + path) << text;
  }

  Request request(std::vector<std::string> command) {
    Request made;
    made.id = "slim-test-" + std::to_string(::getpid()) + "-" + std::to_string(++number_);
    made.directory = directory.path() + "/run" + std::to_string(number_);
    made.rootfs = root;
    made.config = &config;
    made.options.command = std::move(command);
    made.runtime = runtime;
    return made;
  }

  struct Ran {
    std::string log;
    std::optional<ExitStatus> status;
  };
  Ran run_request(const Request& wanted) {
    Container container = must(Container::create(wanted, Interrupt()));
    must(container.start());
    const auto ended = must(container.wait(Interrupt(), in_seconds(30)));
    REQUIRE(ended);
    return {must(read_file(container.log_path())), ended->status};
  }
  Ran run(std::vector<std::string> command) { return run_request(request(std::move(command))); }

  TempDir directory;
  std::string root;
  std::string runtime = "auto";
  image::ImageConfig config;

 private:
  int number_ = 0;
};

// The runtimes to repeat a test with: those that are installed.
inline std::vector<std::string> runtimes() {
  std::vector<std::string> found;
  for (const std::string name : {"runc", "crun"})
    if (find_program(name) || find_program("/usr/sbin/" + name)) found.push_back(name);
  return found;
}

// One process is the reaper for all tests of this program.
inline void be_reaper() { must(become_subreaper()); }

}  // namespace slim::container::test
