// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include "integration/container/fixture.hpp"

using namespace slim;
using namespace slim::container;
using namespace slim::container::test;

namespace {

struct Server {
  Server(Fixture& fixture, const std::string& script)
      : container(must(Container::create(fixture.request({"sh", "-c", script}), Interrupt()))) {
    must(container.start());
  }
  Container container;
};

}  // namespace

TEST_CASE("a probe runs on the host, in the container's network", "[probe]") {
  be_reaper();
  Fixture fixture;
  fixture.write("tmp/page", "the page\n");
  Server server(fixture, "httpd -f -p 80 -h /tmp");
  REQUIRE(must(wait_for_ports(server.container, {80}, Interrupt(), in_seconds(10))));
  const std::string path = fixture.directory.path() + "/out";
  const Fd out = must(open_file(path, O_WRONLY | O_CREAT, 0600));
  const auto probe = [&](std::vector<std::string> argv, int seconds = 10) {
    return run_probe(probe_place(server.container), argv, {80, 443}, out.get(), Interrupt(),
                     in_seconds(seconds));
  };
  CHECK(must(probe({"sh", "-c",
                    "curl -fsS localhost/page; echo $SLIM_CONTAINER_ID $SLIM_CONTAINER_PID "
                    "$SLIM_PORTS; readlink /proc/self/ns/mnt; echo error >&2"}))
            .ok());
  CHECK(must(read_file(path)) ==
        "the page\n" + server.container.id() + " " + std::to_string(server.container.init_pid()) +
            " 80,443\n" + sh("readlink /proc/self/ns/mnt") + "error\n");
  CHECK(must(probe({"sh", "-c", "exit 7"})) == ExitStatus{7, 0});
  CHECK(probe({"no-such-probe"}).error().code() == ErrorCode::not_found);
  // Its whole group goes, at the deadline and at its own end.
  const auto late = probe({"sh", "-c", "sleep 4321 & sleep 4321"}, 0);
  CHECK(late.error().code() == ErrorCode::probe);
  CHECK(must(probe({"sh", "-c", "sleep 4321 & exit 0"})).ok());
  CHECK(sh("pgrep -x sleep -a | grep 4321 || true") == "");
}

TEST_CASE("the crawl follows the pages of every port that speaks HTTP", "[probe]") {
  be_reaper();
  Fixture fixture;
  sh("mkdir -p " + fixture.root + "/www/sub " + fixture.root + "/www2");
  fixture.write("www/index.html",
                "<a href=/a.html>a</a> <img src='sub/pic.png'> <a href=\"http://example.com/x\">"
                "<a href=/missing.html> <a HREF = \"a.html#part\"> <script src=/s.js></script>");
  fixture.write("www/a.html", "<a href='sub/b.html'>b</a><a href='/'>up</a>");
  fixture.write("www/sub/b.html", "no links");
  fixture.write("www/sub/pic.png", "png");
  fixture.write("www/s.js", "var href='x'");
  fixture.write("www2/index.html", "<p>second</p>");
  Server server(fixture, "httpd -p 8001 -h /www; httpd -p 8002 -h /www2; "
                         "nc -l -p 8003 -e echo not http; sleep 1000");
  REQUIRE(must(wait_for_ports(server.container, {8001, 8002, 8003}, Interrupt(), in_seconds(10))));
  const auto found = must(crawl(server.container, {8001, 8002, 8003, 8004}, {}, Interrupt(),
                                in_seconds(20)));
  CHECK(found.any_http);
  CHECK(found.requests == 7);
  CHECK(found.failures == 0);
  CHECK(found.pages == std::map<std::string, long>{{"http://localhost:8001/", 200},
                                                {"http://localhost:8001/a.html", 200},
                                                {"http://localhost:8001/sub/pic.png", 200},
                                                {"http://localhost:8001/missing.html", 404},
                                                {"http://localhost:8001/s.js", 200},
                                                {"http://localhost:8001/sub/b.html", 200},
                                                {"http://localhost:8002/", 200}});
  const CrawlSpec few{.max_requests = 3};
  CHECK(must(crawl(server.container, {8001}, few, Interrupt(), in_seconds(20))).requests == 3);
  const auto none = must(crawl(server.container, {8004}, {}, Interrupt(), in_seconds(20)));
  CHECK_FALSE(none.any_http);
  CHECK(none.requests == 0);
}

TEST_CASE("the crawl goes on from a port that neither speaks TLS nor refuses to", "[probe]") {
  be_reaper();
  Fixture fixture;
  sh("mkdir -p " + fixture.root + "/www");
  fixture.write("www/index.html", "ours");
  fixture.write("serve.sh", "[ $(head -c 3) = GET ] || sleep 1000");
  Server server(fixture, "httpd -p 8001 -h /www; nc -ll -p 8000 -e sh /serve.sh");
  REQUIRE(must(wait_for_ports(server.container, {8000, 8001}, Interrupt(), in_seconds(10))));
  const auto found = must(crawl(server.container, {8000, 8001}, {}, Interrupt(), in_seconds(9)));
  CHECK(found.pages == std::map<std::string, long>{{"http://localhost:8001/", 200}});
}

TEST_CASE("the crawl waits for a server that will serve later", "[probe]") {
  be_reaper();
  Fixture fixture;
  // As a proxy does until what is behind it is there: twice from now on.
  sh("mkdir -p " + fixture.root + "/www/cgi-bin");
  fixture.write("www/cgi-bin/index.cgi",
                "#!/bin/sh\necho x >>/tmp/asked\n[ $(wc -l </tmp/asked) -gt 2 ] || status='502 Bad'\n"
                "echo \"Status: ${status:-200 OK}\"\necho\n");
  sh("chmod 755 " + fixture.root + "/www/cgi-bin/index.cgi");
  Server server(fixture, "httpd -f -p 8001 -h /www");
  REQUIRE(must(wait_for_ports(server.container, {8001}, Interrupt(), in_seconds(10))));
  const auto ask = [&](bool patient) {
    return must(crawl(server.container, {8001}, {.patient = patient}, Interrupt(), in_seconds(60)));
  };
  const auto hasty = ask(false);
  CHECK(hasty.failures == 1);
  CHECK(hasty.pages == std::map<std::string, long>{{"http://localhost:8001/", 502}});
  const auto patient = ask(true);
  CHECK(patient.failures == 0);
  CHECK(patient.requests == 1);
  CHECK(patient.pages == std::map<std::string, long>{{"http://localhost:8001/", 200}});
}

TEST_CASE("waiting for ports ends with the container and at the deadline", "[probe]") {
  be_reaper();
  Fixture fixture;
  Server server(fixture, "httpd -p 8001 -h /tmp; sleep 0.3");
  const Deadline soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
  CHECK_FALSE(must(wait_for_ports(server.container, {8001, 8002}, Interrupt(), soon)));
  CHECK_FALSE(must(wait_for_ports(server.container, {8002}, Interrupt(), std::nullopt)));
}
