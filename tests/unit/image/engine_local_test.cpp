// SPDX-License-Identifier: Apache-2.0
#include "image/engine_local.hpp"

#include <unistd.h>
#include <catch2/catch.hpp>

#include "engine_fixtures.hpp"

using namespace slim;
using namespace slim::image;
using namespace slim::image::engine_test;

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
    REQUIRE(make_directories(host.root + "/elsewhere/diff"));
    host.put("image/overlay2/layerdb/sha256/" + host.diff_ids[0].hex + "/cache-id", "../elsewhere");
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
