// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/resource.h>

#include "integration/container/fixture.hpp"

using namespace slim;
using namespace slim::container;
using namespace slim::container::test;

TEST_CASE("a volume of the image starts with its content, attributes and links", "[container]") {
  Fixture fixture;
  fixture.config.volumes = {"/data", "/fresh", "/link/v"};
  fixture.write("data/file", "content");
  sh("cd " + fixture.root + "/data && ln file twin && ln -s /etc/passwd sub/away && mkfifo pipe && "
     "chown 1000:10 . file && chmod 2750 . && chmod 4755 file && touch -d @1000000000.5 file && "
     "setfattr -n user.note -v hello file && mkdir -p ../real/v && ln -s real ../link && "
     "echo linked > ../real/v/f");
  const auto ran = fixture.run(
      {"sh", "-c",
       "cd /data; stat -c '%n %u:%g %a %h %Y' . file twin; [ -p pipe ] && readlink sub/away; "
       "cat file; echo; ls -A /fresh | wc -l; stat -c '%u:%g %a' /fresh; cat /link/v/f; "
       "echo changed > file; grep -c -E ' /(data|fresh|real/v) ' /proc/mounts"});
  INFO(ran.log);
  CHECK(ran.log == ". 1000:10 2750 3 " + sh("stat -c %Y " + fixture.root + "/data") +
                       "file 1000:10 4755 2 1000000000\ntwin 1000:10 4755 2 1000000000\n"
                       "/etc/passwd\ncontent\n0\n0:0 755\nlinked\n3\n");
  // The image's own file is as it was, and the copy has the extended attribute.
  CHECK(must(read_file(fixture.root + "/data/file")) == "content");
  CHECK(sh("getfattr -n user.note --only-values " + fixture.directory.path() +
           "/run1/volumes/*/file") == "hello");
}

TEST_CASE("volumes, mounts and tmpfs of the command line", "[container]") {
  Fixture fixture;
  fixture.config.volumes = {"/data"};
  fixture.write("data/image-file", "");
  const std::string host = fixture.directory.path() + "/host";
  must(make_directories(host));
  std::ofstream(host + "/given") << "given";
  auto request = fixture.request(
      {"sh", "-c",
       "cat /data/given; touch /data/x 2>/dev/null || echo ' read-only'; ls -A /made; "
       "touch /made/f; "
       "cat /bound/given; echo; ls /named/one /named/two; "
       "grep -E ' (/small|/t|/dev/shm) ' /proc/mounts | sort"});
  request.options.volumes = {host + ":/data:ro", host + "/made:/made", "name1:/named/one",
                             "name1:/named/two"};
  request.options.mounts = {"type=bind,source=" + host + ",target=/bound,readonly",
                            "type=tmpfs,target=/small,tmpfs-size=8k,tmpfs-mode=700"};
  request.options.tmpfs = {"/t:size=1m,exec"};
  request.options.shm_size = "2m";
  sh("mkdir -p " + fixture.root + "/named/one && touch " + fixture.root + "/named/one/seed");
  const auto ran = fixture.run_request(request);
  INFO(ran.log);
  CHECK(ran.log ==
        "given read-only\ngiven\n/named/one:\nseed\n\n/named/two:\nseed\n"
        "shm /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=2048k 0 0\n"
        "tmpfs /small tmpfs rw,nosuid,nodev,noexec,relatime,size=8k,mode=700 0 0\n"
        "tmpfs /t tmpfs rw,nosuid,nodev,relatime,size=1024k 0 0\n");
  CHECK(sh("ls " + host + "/made") == "f\n");
}

TEST_CASE("a bind source that is missing is made for --volume and refused for --mount",
          "[container]") {
  Fixture fixture;
  auto request = fixture.request({"true"});
  request.options.mounts = {"type=bind,source=" + fixture.directory.path() + "/no,target=/x"};
  const auto created = Container::create(request, Interrupt());
  REQUIRE_FALSE(created);
  CHECK(created.error().code() == ErrorCode::usage);
  CHECK(created.error().text().find("/no does not exist") != std::string::npos);
}

TEST_CASE("capabilities, no-new-privileges, seccomp and read-only root reach the process",
          "[container]") {
  be_reaper();
  Fixture fixture;
  auto request = fixture.request(
      {"sh", "-c",
       "grep -E '^(CapEff|CapPrm|CapInh|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status; "
       "touch /x 2>/dev/null || echo read-only; mkdir /x 2>/dev/null; sleep 0"});
  request.options.cap_drop = {"all"};
  request.options.cap_add = {"chown", "CAP_NET_ADMIN"};
  request.options.no_new_privileges = true;
  request.options.read_only = true;
  request.seccomp = R"({"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
    "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_KILL_PROCESS"}]})";
  const auto ran = fixture.run_request(request);
  CHECK(ran.log == "CapInh:\t0000000000000000\nCapPrm:\t0000000000001001\n"
                   "CapEff:\t0000000000001001\nCapBnd:\t0000000000001001\nNoNewPrivs:\t1\n"
                   "Seccomp:\t2\nread-only\n");
  // busybox's mkdir is a process of its own, so the shell goes on after it was killed.
  CHECK(ran.status == ExitStatus{0, 0});
  auto killed = fixture.request({"busybox", "mkdir", "/x"});
  killed.seccomp = request.seccomp;
  CHECK(fixture.run_request(killed).status == ExitStatus{0, SIGSYS});
}

TEST_CASE("limits above the host's are lowered and noted", "[container]") {
  Fixture fixture;
  rlimit own;
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &own) == 0);
  auto request = fixture.request({"sh", "-c", "ulimit -Hn; ulimit -Sn; ulimit -Hu"});
  request.options.ulimits = {"nofile=64:" + std::to_string(own.rlim_max), "nproc=512"};
  CHECK(fixture.run_request(request).log == std::to_string(own.rlim_max) + "\n64\n512\n");
}

TEST_CASE("networks", "[container]") {
  Fixture fixture;
  const std::vector<std::string> look = {
      "sh", "-c",
      "readlink /proc/self/ns/net; cat /etc/hostname; hostname; cat /etc/resolv.conf; "
      "cat /sys/class/net/lo/flags; cat /proc/sys/net/ipv4/ip_unprivileged_port_start"};
  const std::string host_net = sh("readlink /proc/self/ns/net");
  SECTION("isolated: loopback up, and every port open to all users") {
    auto request = fixture.request(look);
    request.options.hostname = "box.example";
    const auto ran = fixture.run_request(request);
    INFO(ran.log);
    CHECK(ran.log.find(host_net) == std::string::npos);
    CHECK(ran.log.find("\nbox.example\nbox.example\n0x9\n0\n") != std::string::npos);
    CHECK(sh("ls " + fixture.directory.path() + "/run1/hosts | wc -l") == "1\n");
  }
  SECTION("isolated: an address that is not loopback, and no way out") {
    const auto ran = fixture.run(
        {"sh", "-c", "cat /proc/net/fib_trie; echo; nc -w 5 192.0.2.1 80 2>&1; cat /proc/net/route"});
    INFO(ran.log);
    CHECK(ran.log.find("172.17.0.2\n           /32 host LOCAL") != std::string::npos);
    CHECK(ran.log.find("Network is unreachable") != std::string::npos);
  }
  SECTION("none: loopback alone") {
    auto request = fixture.request({"ls", "/sys/class/net"});
    request.options.network = Network::none;
    CHECK(fixture.run_request(request).log == "lo\n");
  }
  SECTION("host: the host's namespace, name and resolver") {
    auto request = fixture.request(look);
    request.options.network = Network::host;
    const auto ran = fixture.run_request(request);
    INFO(ran.log);
    CHECK(ran.log.starts_with(host_net + sh("hostname") + sh("hostname") +
                              sh("cat /etc/resolv.conf 2>/dev/null || true")));
  }
  SECTION("a host name with a domain is known without it, too") {
    auto request = fixture.request({"cat", "/etc/hosts"});
    request.options.hostname = "box.example.org";
    CHECK(fixture.run_request(request).log.find("\tbox.example.org box\n") != std::string::npos);
  }
  SECTION("none: no name for its own address") {
    auto request = fixture.request({"cat", "/etc/hosts"});
    request.options.network = Network::none;
    CHECK(fixture.run_request(request).log.find("slim") == std::string::npos);
  }
}

TEST_CASE("what the process sees mounted and masked is Docker's list", "[container]") {
  for (const auto& runtime : runtimes()) {
    DYNAMIC_SECTION(runtime) {
      Fixture fixture;
      fixture.runtime = runtime;
      const auto ran = fixture.run(
          {"sh", "-c",
           "cat /proc/keys | wc -c; echo x 2>/dev/null > /proc/sys/kernel/hostname || echo ro; "
           "ls /sys/firmware | wc -l; ls /dev | tr '\\n' ' '"});
      INFO(ran.log);
      CHECK(ran.log.starts_with("0\nro\n0\n"));
      for (const char* node : {"null", "zero", "full", "random", "urandom", "tty", "pts", "ptmx",
                               "shm", "mqueue", "stdin", "stdout", "stderr", "fd"})
        CHECK(ran.log.find(node) != std::string::npos);
    }
  }
}

TEST_CASE("reopening /dev/stdout does not truncate the log, also as a plain user", "[container]") {
  Fixture fixture;
  fixture.config.user = "1000:1000";
  const auto ran =
      fixture.run({"sh", "-c", "echo one; echo two > /dev/stdout; echo three >/dev/stderr; id -u"});
  CHECK(ran.log == "one\ntwo\nthree\n1000\n");
}

TEST_CASE("a hostile root file system is read inside itself only", "[container]") {
  Fixture fixture;
  const std::string outside = fixture.directory.path() + "/outside";
  must(make_directories(outside));
  SECTION("passwd leads outside") {
    sh("cd " + fixture.root + "/etc && rm passwd && ln -s ../../../../../../etc/passwd passwd");
    fixture.config.user = "daemon";
    const auto created = Container::create(fixture.request({"true"}), Interrupt());
    REQUIRE_FALSE(created);
    CHECK(created.error().code() == ErrorCode::container);
    CHECK(created.error().text().find("unable to find user 'daemon'") != std::string::npos);
  }
  SECTION("passwd is a FIFO") {
    sh("cd " + fixture.root + "/etc && rm passwd && mkfifo passwd");
    const auto created = Container::create(fixture.request({"true"}), Interrupt());
    REQUIRE_FALSE(created);
    CHECK(created.error().text() == "the image's /etc/passwd is not a regular file");
  }
  SECTION("the working directory is relative") {
    fixture.config.working_dir = "srv/app";
    const auto created = Container::create(fixture.request({"true"}), Interrupt());
    REQUIRE_FALSE(created);
    CHECK(created.error().code() == ErrorCode::container);
    CHECK(created.error().text().find("'srv/app' is not an absolute path") != std::string::npos);
  }
  SECTION("the working directory passes through a symlink to the host") {
    sh("ln -s " + outside + " " + fixture.root + "/away");
    fixture.config.working_dir = "/away/made";
    const auto created = Container::create(fixture.request({"true"}), Interrupt());
    CHECK(created);
    CHECK(sh("ls -A " + outside) == "");
    CHECK(sh("ls -A " + fixture.root + outside) == "made\n");
  }
  SECTION("a volume's place is a symlink to the host") {
    sh("echo secret > " + outside + "/secret; ln -s " + outside + " " + fixture.root + "/vol");
    fixture.config.volumes = {"/vol"};
    const auto created = Container::create(fixture.request({"ls", "/vol"}), Interrupt());
    CHECK(sh("find " + fixture.directory.path() + "/run1 -name secret") == "");
    CHECK(sh("ls -A " + outside) == "secret\n");
  }
}
