// SPDX-License-Identifier: Apache-2.0
// slim ports takes an image, which it runs, or traces, after which options may follow.
#include <catch2/catch.hpp>

#include "unit/cli/parse.hpp"
#include "slim/base/file.hpp"

using namespace slim;
using namespace slim::cli;
using slim::cli::test::parse;
using Words = std::vector<std::string>;

TEST_CASE("slim ports of an image is like slim trace: what follows is COMMAND") {
  const auto o = parse({"ports", "-e", "A=1", "--format", "nft", "redis:7", "redis-server", "--json",
                        "conf.json", "--", "redis-cli", "ping"});
  CHECK(o.command == Command::ports);
  CHECK(o.image == "redis:7");
  CHECK(o.files.empty());
  CHECK(o.run.env == Words{"A=1"});
  CHECK(o.run.command == Words{"redis-server", "--json", "conf.json"});
  CHECK(o.probe == Words{"redis-cli", "ping"});
  CHECK(o.audit.format == "nft");
  CHECK_FALSE(o.json);
}

TEST_CASE("slim ports of traces: by their name or by their content") {
  const auto directory = TempDir::create("/tmp", "slim-options");
  REQUIRE(directory);
  const std::string unnamed = directory->path() + "/trace";
  REQUIRE(write_file_atomically(unnamed, "\n {\"schema_version\": 1}"));
  for (const auto& trace : {std::string("missing/trace.json"), unnamed}) {
    const auto o = parse({"ports", trace, "--fail-on", "root,unused", trace, "--json", "--fail-on",
                          "outbound"});
    CHECK(o.files == Words{trace, trace});
    CHECK(o.image.empty());
    CHECK(o.audit.fail_on == Words{"root", "unused", "outbound"});
    CHECK(o.json);
  }
  const std::string archive = directory->path() + "/image";
  REQUIRE(write_file_atomically(archive, "not JSON"));
  CHECK(parse({"ports", archive}).image == archive);
}

TEST_CASE("slim ports refuses what it cannot do") {
  for (const Words& words : {Words{"ports"}, Words{"ports", "t.json", "--", "true"},
                             Words{"ports", "-e", "A=1", "t.json"},
                             Words{"ports", "--format", "xml", "redis:7"}}) {
    const auto parsed = parse_command_line(words);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code() == ErrorCode::usage);
  }
}
