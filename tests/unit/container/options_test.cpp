// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <signal.h>

#include <limits>

#include "container/limits.hpp"
#include "container/mounts.hpp"
#include "container/signals.hpp"
#include "slim/container/user.hpp"
#include "slim/container/readiness.hpp"

using namespace slim;
using namespace slim::container;
using Strings = std::vector<std::string>;

namespace {

constexpr const char* kPasswd =
    "root:x:0:0:root:/root:/bin/sh\n"
    "broken\n:x:5:5::/:\nbad:x:none:1::/:\n"
    "app:x:1000:1001::/home/app:/bin/sh\r\n"
    "1234:x:77:77::/named-like-a-number:\n"
    "nohome:x:8:8\n"
    "app:x:2000:2000::/second:";
constexpr const char* kGroup =
    "root:x:0:\nstaff:x:50:other,app\nbad:x:y:app\nwheel:x:10:app\napp:x:1001:\nwheel2:x:11:root";
using Ids = std::vector<uint32_t>;

}  // namespace

TEST_CASE("users by name and number") {
  const auto find = [](const char* spec) { return find_user(spec, kPasswd, kGroup); };
  CHECK(find("")->uid == 0);
  CHECK(find("")->groups == Ids{0, 11});
  CHECK(find("")->home == "/root");
  const auto app = *find("app");
  CHECK(app.uid == 1000);
  CHECK(app.gid == 1001);
  CHECK(app.groups == Ids{1001, 50, 10});
  CHECK(app.home == "/home/app");
  CHECK(find("1000")->groups == Ids{1001, 50, 10});
  CHECK(find("app:wheel")->groups == Ids{10});
  CHECK(find("app:99")->gid == 99);
  CHECK(find(":staff")->uid == 0);
  CHECK(find(":staff")->groups == Ids{50});
  CHECK(find("4711")->uid == 4711);
  CHECK(find("4711")->groups == Ids{0});
  CHECK(find("4711")->home == "/");
  CHECK(find("4711:5")->groups == Ids{5});
  CHECK(find("nohome")->home == "/");
  // A number is an id first of all, even where a user is called so.
  CHECK(find("1234")->uid == 1234);
  for (const char* spec : {"nobody", "app:nogroup", "bad", "2147483648", "-1", "app:4294967296"}) {
    const auto user = find(spec);
    REQUIRE_FALSE(user);
    CHECK(user.error().code() == ErrorCode::container);
  }
  CHECK(find_user("app", "", "").error().text() ==
        "unable to find user 'app': no matching entry in the image's /etc/passwd");
  CHECK(find_user("0", "", "")->groups == Ids{0});
}

TEST_CASE("sizes") {
  CHECK(*parse_size("64m", "x") == 64u << 20);
  CHECK(*parse_size("1.5G", "x") == 1536u << 20);
  CHECK(*parse_size("10KiB", "x") == 10240);
  CHECK(*parse_size("10 kb", "x") == 10240);
  CHECK(*parse_size("512", "x") == 512);
  CHECK(*parse_size("512b", "x") == 512);
  for (const char* text : {"", "m", "-1", "1x", "1mm", "1bb", "99999999999p", "nan", "1e9"})
    CHECK(parse_size(text, "--shm-size").error().code() == ErrorCode::usage);
}

TEST_CASE("limits") {
  const auto limit = *parse_ulimit("nofile=10:20");
  CHECK(limit.type == "RLIMIT_NOFILE");
  CHECK((limit.soft == 10 && limit.hard == 20));
  CHECK(parse_ulimit("core=0")->hard == 0);
  CHECK(parse_ulimit("core=-1")->soft == std::numeric_limits<uint64_t>::max());
  for (const char* text :
       {"nofile", "nofile=", "files=1", "nofile=20:10", "nofile=a", "nofile=-1:5"})
    CHECK(parse_ulimit(text).error().code() == ErrorCode::usage);
  Strings notes;
  const auto used = *usable_limits({"core=0", "core=0:1"}, notes);
  REQUIRE(used.size() == 1);
  CHECK(used[0].hard == 1);
  CHECK(notes.empty());
}

TEST_CASE("volumes") {
  const auto bind = *parse_volume("/host/x:/in//side/../there/:ro,z,rslave");
  CHECK(bind.kind == MountPlan::Kind::bind);
  CHECK(bind.source == "/host/x");
  CHECK(bind.destination == "/in/there");
  CHECK(bind.options == Strings{"ro", "rslave"});
  CHECK(bind.create_source);
  CHECK(parse_volume("./rel:/x")->source.ends_with("/rel"));
  CHECK(parse_volume("./rel:/x")->source.starts_with("/"));
  const auto named = *parse_volume("cache-1:/x:nocopy");
  CHECK(named.kind == MountPlan::Kind::volume);
  CHECK(named.source == "cache-1");
  CHECK_FALSE(named.seed);
  CHECK(parse_volume("/x")->kind == MountPlan::Kind::volume);
  for (const char* text :
       {"", "x", "/a:b", "/a:/b:c", "/a:/b:ro:x", ":/b", "/a:/", "/a:/..", "-x:/b"})
    CHECK(parse_volume(text).error().code() == ErrorCode::usage);
}

TEST_CASE("--mount") {
  const auto bind = *parse_mount("type=bind,src=/a,dst=/b,readonly,bind-propagation=rshared");
  CHECK(bind.kind == MountPlan::Kind::bind);
  CHECK(bind.options == Strings{"ro", "rshared"});
  CHECK_FALSE(bind.create_source);
  CHECK(parse_mount("type=bind,\"source=/a,b\",target=/c,ro=false")->source == "/a,b");
  const auto tmpfs = *parse_mount("type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1770");
  CHECK(tmpfs.options ==
        Strings{"noexec", "nosuid", "nodev", "rprivate", "size=1048576", "mode=1770"});
  CHECK(parse_mount("target=/v")->kind == MountPlan::Kind::volume);
  CHECK(parse_mount("source=name,target=/v,volume-nocopy")->seed == false);
  for (const char* text :
       {"", "type=bind,target=/b", "type=bind,source=rel,target=/b", "type=npipe,target=/x",
        "target=x", "target=/b,bogus=1", "type=tmpfs,source=/a,target=/b", "target=/b,ro=maybe",
        "type=tmpfs,target=/b,tmpfs-mode=9", "type=bind,source=/a,target=/b,bind-propagation=x"})
    CHECK(parse_mount(text).error().code() == ErrorCode::usage);
}

TEST_CASE("mounts are ordered, and the user's replace the image's") {
  image::ImageConfig config;
  config.volumes = {"/data/sub/deep", "/data", "/data/", "/mine"};
  RunOptions options;
  options.volumes = {"/host:/mine"};
  options.tmpfs = {"/data/sub:size=1m"};
  const auto plans = *plan_mounts(config, options);
  Strings places;
  for (const auto& plan : plans) places.push_back(plan.destination);
  CHECK(places == Strings{"/mine", "/data", "/data/sub", "/data/sub/deep"});
  CHECK(plans[0].kind == MountPlan::Kind::bind);
  options.mounts = {"type=tmpfs,target=/mine/"};
  CHECK(plan_mounts(config, options).error().text() == "two mounts for /mine");
  config.volumes = {"/"};
  CHECK(plan_mounts(config, {}).error().code() == ErrorCode::container);
}

TEST_CASE("signals") {
  CHECK(*parse_signal("SIGTERM") == SIGTERM);
  CHECK(*parse_signal("quit") == SIGQUIT);
  CHECK(*parse_signal("9") == SIGKILL);
  CHECK(*parse_signal("SIGRTMIN+3") == SIGRTMIN + 3);
  CHECK(*parse_signal("RTMAX-1") == SIGRTMAX - 1);
  for (const char* text : {"", "SIG", "0", "65", "-1", "SIGFOO", "RTMIN+99", "15x"})
    CHECK(parse_signal(text).error().code() == ErrorCode::usage);
}

TEST_CASE("--ready") {
  using Kind = ReadySpec::Kind;
  const auto kind = [](const char* text) { return ReadySpec::parse(text)->kind; };
  CHECK(kind("auto") == Kind::automatic);
  CHECK(kind("healthcheck") == Kind::healthcheck);
  CHECK(kind("exit") == Kind::exit);
  CHECK(ReadySpec::parse("port:65535")->port == 65535);
  CHECK(ReadySpec::parse("http:https://localhost/x:y")->text == "https://localhost/x:y");
  CHECK(ReadySpec::parse("http://localhost:80/")->text == "http://localhost:80/");
  CHECK(ReadySpec::parse("http:localhost:8080/")->text == "http://localhost:8080/");
  CHECK(ReadySpec::parse("https://localhost/")->text == "https://localhost/");
  CHECK(ReadySpec::parse("log:a:b")->text == "a:b");
  CHECK(ReadySpec::parse("delay:2.5")->delay == std::chrono::milliseconds(2500));
  CHECK(ReadySpec::parse("delay:3s")->delay == std::chrono::seconds(3));
  for (const char* text :
       {"", "auto:1", "exit:", "port", "port:", "port:0", "port:65536", "port:80x", "http:",
        "http:ftp://x/", "http://", "http:/health", "log:", "log:(", "delay:", "delay:-1",
        "delay:x", "delay:1e9", "delay:100000", "soon"})
    CHECK(ReadySpec::parse(text).error().code() == ErrorCode::usage);
}
