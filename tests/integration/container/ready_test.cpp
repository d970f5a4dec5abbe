// SPDX-License-Identifier: Apache-2.0
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>

#include "container/network.hpp"
#include "integration/container/fixture.hpp"

using namespace slim;
using namespace slim::container;
using namespace slim::container::test;
using How = Ready::How;

namespace {

// Starts `script` in a container and waits for it.
struct Waiting {
  explicit Waiting(Fixture& fixture, const std::string& script)
      : config(fixture.config),
        container(must(Container::create(fixture.request({"sh", "-c", script}), Interrupt()))),
        feed(must(poll_listening_ports(container))) {
    must(container.start());
  }
  Result<Ready> until(const std::string& spec, std::chrono::milliseconds limit) {
    return wait_until_ready(container, config, must(ReadySpec::parse(spec)), *feed, Interrupt(),
                            std::chrono::steady_clock::now() + limit);
  }
  Result<Ready> until(const std::string& spec) { return until(spec, std::chrono::seconds(20)); }

  const image::ImageConfig& config;
  Container container;
  std::unique_ptr<ListenFeed> feed;
};

constexpr std::chrono::milliseconds kShort{300};

// Nothing in busybox serves AF_UNIX, so the test itself does, in the container's network.
Fd listen_abstract(const Fd& network, const std::string& name) {
  Fd server;
  must(in_network_namespace(network, [&]() -> Result<void> {
    server.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path + 1, name.size());  // behind the NUL of abstract names
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    if (::bind(server.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
        ::listen(server.get(), 1) != 0)
      return fail_errno("cannot listen");
    return {};
  }));
  return server;
}

}  // namespace

TEST_CASE("ready when it listens", "[readiness]") {
  be_reaper();
  Fixture fixture;
  SECTION("on any port, if none is exposed") {
    Waiting waiting(fixture, "httpd -f -p 8099 -h /tmp");
    const auto ready = must(waiting.until("auto"));
    CHECK(ready.how == How::listening);
    CHECK(ready.ports == std::vector<uint16_t>{8099});
  }
  SECTION("on an exposed port rather than another that came first") {
    fixture.config.exposed_ports = {{8099, "tcp"}};
    Waiting waiting(fixture, "httpd -p 7001 -h /tmp; sleep 0.2; httpd -f -p 8099 -h /tmp");
    CHECK(must(waiting.until("auto")).ports == std::vector<uint16_t>{7001, 8099});
  }
  SECTION("on another port, when the exposed one does not come") {
    fixture.config.exposed_ports = {{8099, "tcp"}};
    Waiting waiting(fixture, "httpd -f -p 7001 -h /tmp");
    const auto ready = must(waiting.until("auto"));
    CHECK(ready.how == How::listening);
    CHECK(ready.ports == std::vector<uint16_t>{7001});
  }
  SECTION("on an AF_UNIX socket, if no port is exposed and none comes") {
    Waiting waiting(fixture, "sleep 1000");
    const Fd server = listen_abstract(waiting.container.network_namespace(), "only");
    const auto ready = must(waiting.until("auto"));
    CHECK(ready.how == How::listening);
    CHECK(ready.ports.empty());
  }
  SECTION("on an exposed UDP port") {
    fixture.config.exposed_ports = {{5353, "udp"}};
    Waiting waiting(fixture, "sleep 1000");
    // Nothing in busybox serves UDP, so the test itself does, in the container's network.
    Fd server;
    must(in_network_namespace(waiting.container.network_namespace(), [&]() -> Result<void> {
      server.reset(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      sockaddr_in address = {};
      address.sin_family = AF_INET;
      address.sin_port = htons(5353);
      const auto* generic = reinterpret_cast<const sockaddr*>(&address);
      if (::bind(server.get(), generic, sizeof address) != 0) return fail_errno("bind");
      return {};
    }));
    CHECK(must(waiting.until("auto")).ports == std::vector<uint16_t>{5353});
  }
  SECTION("on the port that was asked for") {
    Waiting waiting(fixture, "httpd -p 7001 -h /tmp; sleep 0.2; httpd -f -p 7002 -h /tmp");
    CHECK(must(waiting.until("port:7002")).how == How::listening);
  }
}

TEST_CASE("a container that ends", "[readiness]") {
  be_reaper();
  Fixture fixture;
  SECTION("is ready by itself in automatic mode and with exit") {
    for (const char* spec : {"auto", "exit"}) {
      Waiting waiting(fixture, "echo done; exit 3");
      CHECK(must(waiting.until(spec)).how == How::ended);
    }
  }
  SECTION("is an error that tells its status and last words in any other") {
    for (const char* spec : {"port:80", "log:never", "delay:60", "http:http://localhost:80/"}) {
      Waiting waiting(fixture, "echo last words; exit 3");
      const auto ready = waiting.until(spec);
      REQUIRE_FALSE(ready);
      CHECK(ready.error().code() == ErrorCode::container);
      CHECK(ready.error().text() ==
            "the container was not ready before it ended with exit status 3, never listened on a "
            "port and last wrote: last words");
    }
  }
}

TEST_CASE("not ready in time: the error says what was seen", "[readiness]") {
  be_reaper();
  Fixture fixture;
  Waiting waiting(fixture, "httpd -p 7001 -h /tmp; echo waiting for the database; sleep 1000");
  must(waiting.until("port:7001"));
  const auto error = [&](const char* spec) {
    const auto ready = waiting.until(spec, kShort);
    REQUIRE_FALSE(ready);
    CHECK(ready.error().code() == ErrorCode::not_ready);
    return ready.error().text();
  };
  for (const char* spec : {"port:80", "log:never", "http:http://localhost:7002/"})
    CHECK(error(spec) ==
          "the container did not become ready in time; it runs, listened on port 7001 and last "
          "wrote: waiting for the database; --ready says what to wait for, --timeout how long");
  CHECK(error("exit") ==
        "the container did not end in time; it runs, listened on port 7001 and last wrote: waiting "
        "for the database; --timeout says how long it may take");
}

TEST_CASE("who waits for long is told once what was seen", "[readiness]") {
  be_reaper();
  Fixture fixture;
  Waiting waiting(fixture, "echo waiting for the database; sleep 1000");
  must(waiting.until("log:database"));
  std::vector<std::string> told;
  const auto until = [&](const char* spec) {
    const auto now = std::chrono::steady_clock::now();
    return wait_until_ready(waiting.container, waiting.config, must(ReadySpec::parse(spec)),
                            *waiting.feed, Interrupt(), now + kShort,
                            {now, [&](const std::string& seen) { told.push_back(seen); }});
  };
  for (const char* spec : {"auto", "port:80", "log:never", "http:http://localhost:7002/"}) {
    told.clear();
    CHECK_FALSE(until(spec));
    CHECK(told == std::vector<std::string>{
                      "the container is not ready yet; it runs, never listened on a port and last "
                      "wrote: waiting for the database; --ready says what to wait for, --timeout "
                      "how long"});
  }
  told.clear();
  CHECK_FALSE(until("exit"));
  CHECK(must(until("delay:0.1")).how == How::delayed);
  CHECK(told.empty());
}

TEST_CASE("not ready in time: the error names AF_UNIX sockets", "[readiness]") {
  be_reaper();
  Fixture fixture;
  fixture.config.exposed_ports = {{8099, "tcp"}};
  Waiting waiting(fixture, "sleep 1000");
  const Fd server = listen_abstract(waiting.container.network_namespace(), "only");
  const auto ready = waiting.until("auto", kShort);
  REQUIRE_FALSE(ready);
  CHECK(ready.error().text() ==
        "the container did not become ready in time; it runs, never listened on a port, listens on "
        "the socket @only and wrote nothing; --ready says what to wait for, --timeout how long");
}

TEST_CASE("connections to ports on which nobody listens are counted", "[readiness]") {
  be_reaper();
  Fixture fixture;
  Waiting waiting(fixture, "httpd -p 7001 -h /tmp; sleep 1000");
  must(waiting.until("port:7001"));
  const pid_t pid = waiting.container.init_pid();
  CHECK(resets_sent(pid) == 0);
  CHECK_FALSE(waiting.until("http:http://localhost:7002/", kShort));
  CHECK(resets_sent(pid) > 0);
  CHECK(resets_sent(::getpid()) == 0);  // everybody's
}

TEST_CASE("ready by what it writes", "[readiness]") {
  be_reaper();
  Fixture fixture;
  SECTION("a line, also in two pieces") {
    Waiting waiting(fixture, "echo starting; printf 'server is '; sleep 0.1; echo up; sleep 1000");
    CHECK(must(waiting.until("log:^server is (up|ready)$")).how == How::logged);
  }
  SECTION("the last line of a container that ends, without newline") {
    Waiting waiting(fixture, "printf 'all done'");
    CHECK(must(waiting.until("log:done$")).how == How::logged);
  }
  SECTION("behind a megabyte without newline") {
    Waiting waiting(fixture,
                    "dd if=/dev/zero bs=1M count=1 2>/dev/null; echo; echo up; sleep 1000");
    CHECK(must(waiting.until("log:^.*up$")).how == How::logged);
  }
}

TEST_CASE("ready when a URL answers", "[readiness]") {
  be_reaper();
  Fixture fixture;
  fixture.write("tmp/health", "ok");
  Waiting waiting(fixture,
                  "httpd -p 7001 -h /etc; sleep 0.2; httpd -f -p 8099 -h /tmp");
  SECTION("good") {
    CHECK(must(waiting.until("http://localhost:8099/health")).how == How::answered);
  }
  SECTION("an error page does not count") {
    CHECK(waiting.until("http:http://localhost:8099/no", kShort).error().code() ==
          ErrorCode::not_ready);
  }
}

TEST_CASE("ready when the image's health check succeeds", "[readiness]") {
  be_reaper();
  Fixture fixture;
  fixture.config.health_check = image::HealthCheck{};
  fixture.config.health_check->test = {"CMD-SHELL", "echo checked; [ -e /tmp/healthy ]"};
  Waiting waiting(fixture, "sleep 0.1; touch /tmp/healthy; sleep 1000");
  CHECK(must(waiting.until("healthcheck")).how == How::healthy);
  CHECK(must(run_health_check(waiting.container, fixture.config, Interrupt())));
  CHECK(must(read_file(waiting.container.log_path())) == "");
  CHECK(must(read_file(waiting.container.log_path() + ".health")).find("checked\n") == 0);
  fixture.config.health_check->test = {"CMD", "false"};
  CHECK_FALSE(must(run_health_check(waiting.container, fixture.config, Interrupt())));
  fixture.config.health_check->test = {"CMD", "sleep", "100"};
  fixture.config.health_check->timeout = std::chrono::milliseconds(200);
  CHECK_FALSE(must(run_health_check(waiting.container, fixture.config, Interrupt())));
  fixture.config.health_check->test = {"CMD", "/no/such/program"};
  CHECK_FALSE(must(run_health_check(waiting.container, fixture.config, Interrupt())));
  fixture.config.health_check->test = {"NONE"};
  CHECK(waiting.until("healthcheck").error().code() == ErrorCode::usage);
}

TEST_CASE("ready after a delay, while it runs", "[readiness]") {
  be_reaper();
  Fixture fixture;
  Waiting waiting(fixture, "httpd -p 7001 -h /tmp; sleep 1000");
  CHECK(must(waiting.until("delay:0.3")).how == How::delayed);
}

TEST_CASE("an interrupt ends every wait", "[readiness]") {
  be_reaper();
  const Interrupt interrupt = must(Interrupt::install());
  Fixture fixture;
  fixture.config.health_check = image::HealthCheck{};
  fixture.config.health_check->test = {"CMD", "sleep", "1000"};
  Waiting waiting(fixture, "nc -l -p 7001 < /dev/null; sleep 1000");
  must(waiting.until("port:7001"));
  ::kill(::getpid(), SIGINT);
  for (const char* spec : {"port:80", "log:never", "exit", "http:http://localhost:7001/",
                           "healthcheck", "delay:100"}) {
    const auto ready = wait_until_ready(waiting.container, fixture.config,
                                        must(ReadySpec::parse(spec)), *waiting.feed, interrupt,
                                        std::nullopt);
    REQUIRE_FALSE(ready);
    CHECK(ready.error().code() == ErrorCode::interrupted);
  }
  CHECK(waiting.container.wait(interrupt, std::nullopt).error().code() == ErrorCode::interrupted);
  CHECK(waiting.container.exec({"sleep", "1000"}, interrupt).error().code() ==
        ErrorCode::interrupted);
  CHECK(run_probe(probe_place(waiting.container), {"sleep", "1000"}, {}, 2, interrupt, std::nullopt)
            .error()
            .code() == ErrorCode::interrupted);
  CHECK(Container::create(fixture.request({"true"}), interrupt).error().code() ==
        ErrorCode::interrupted);
  CHECK(crawl(waiting.container, {7001}, {}, interrupt, std::nullopt).error().code() ==
        ErrorCode::interrupted);
}
