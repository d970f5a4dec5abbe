// SPDX-License-Identifier: Apache-2.0
// The formats that docker save has had, and those of its imitators.
#include "image_builder.hpp"

using namespace slim;
using namespace slim::image;
using namespace slim::image::test;
using Catch::Contains;
using Catch::StartsWith;

namespace {

const std::string kTar = tar({{"etc/hostname", "box\n"}});
const std::string kTar2 = tar({{"bin/app", std::string(3000, 'x')}});
const std::vector<BuiltLayer> kLayers = {plain_layer(kTar), plain_layer(kTar2)};

struct Saved {
  std::vector<Member> members;
  Json manifest = Json::array();

  std::string archive() const {
    auto all = members;
    all.push_back({"manifest.json", manifest.dump()});
    return tar(all);
  }
};

std::string config_name(const Json& config) { return Digest::of(config.dump()).hex + ".json"; }

// Docker 1.10 to 24.
Saved docker_20() {
  Saved saved;
  const Json config = config_of(kLayers);
  saved.members = {{"1/", "", '5'},         {"1/VERSION", "1.0"}, {"1/layer.tar", kTar},
                   {"2/layer.tar", kTar2}, {config_name(config), config.dump()}};
  saved.manifest.push_back({{"Config", config_name(config)},
                            {"RepoTags", {"app:1", "app:2"}},
                            {"Layers", {"1/layer.tar", "2/layer.tar"}}});
  return saved;
}

Result<Image> open_saved(const Saved& saved, const std::string& tag = "") {
  const TempDir dir = scratch();
  return open("docker-archive:" + write(dir, "a.tar", saved.archive()) + tag);
}

void check_whole(const Image& image) {
  REQUIRE(image.layers.size() == 2);
  CHECK(image.layers[0].diff_id == Digest::of(kTar));
  CHECK_FALSE(image.layers[0].blob);
  CHECK(value_of(content(image, 0)) == kTar);
  CHECK(value_of(content(image, 1)) == kTar2);
}

}  // namespace

TEST_CASE("docker save up to version 24") {
  const Image image = value_of(open_saved(docker_20()));
  check_whole(image);
  CHECK(image.digest == Digest::of(config_of(kLayers).dump()));
  CHECK(image.names == std::vector<std::string>{"app:1", "app:2"});
  check_whole(value_of(open_saved(docker_20(), ":app:2")));
  check_whole(value_of(open_saved(docker_20(), ":docker.io/library/app:1")));
  check_whole(value_of(open_saved(docker_20(), ":@0")));
}

TEST_CASE("layers that are links, compressed, or named otherwise") {
  const std::string name = GENERATE(as<std::string>{}, "link", "gzip", "zstd", "./", "hard link");
  CAPTURE(name);
  Saved saved = docker_20();
  if (name == "link") {
    saved.members.push_back({"3/layer.tar", "", '2', "../2/layer.tar"});
    saved.manifest[0]["Layers"][1] = "3/layer.tar";
  } else if (name == "hard link") {
    saved.members.push_back({"3/layer.tar", "", '1', "2/layer.tar"});
    saved.manifest[0]["Layers"][1] = "3/layer.tar";
  } else if (name == "gzip") {
    saved.members[3].data = gzip(kTar2);
  } else if (name == "zstd") {
    saved.members[3].data = zstd(kTar2);
  } else {
    for (Member& member : saved.members) member.name = "./" + member.name;
  }
  check_whole(value_of(open_saved(saved)));
}

TEST_CASE("docker save from version 25 on, read either way") {
  Layout layout;
  const Json config = config_of(kLayers);
  Json& entry = layout.add_image(kLayers, "1");
  entry["annotations"]["io.containerd.image.name"] = "docker.io/library/app:1";
  const auto path_of = [](const std::string& bytes) {
    return "blobs/sha256/" + Digest::of(bytes).hex;
  };
  layout.files["manifest.json"] = Json{{{"Config", path_of(config.dump())},
                                        {"RepoTags", {"app:1"}},
                                        {"Layers", {path_of(kTar), path_of(kTar2)}}}}
                                      .dump();
  const TempDir dir = scratch();
  const std::string path = write(dir, "a.tar", layout.archive());
  const Image docker = value_of(open("docker-archive:" + path + ":app:1"));
  check_whole(docker);
  CHECK(docker.digest == Digest::of(config.dump()));
  const Image bare = value_of(open(path + ":app:1"));
  CHECK(bare.reference.transport == Transport::oci_archive);
  CHECK(bare.digest.text() == entry["digest"]);
  CHECK(bare.names == std::vector<std::string>{"docker.io/library/app:1"});
  CHECK(value_of(content(bare, 1)) == kTar2);
}

TEST_CASE("a compressed archive whose blobs come first but has no index.json") {
  const Json config = config_of(kLayers);
  Saved saved;
  saved.members = {{"blobs/sha256/c", config.dump()}, {"blobs/sha256/1", kTar},
                   {"blobs/sha256/2", kTar2}};
  saved.manifest.push_back({{"Config", "blobs/sha256/c"},
                            {"RepoTags", nullptr},
                            {"Layers", {"blobs/sha256/1", "blobs/sha256/2"}}});
  const TempDir dir = scratch();
  OpenOptions options;
  options.temporary_directory = dir.path();
  check_whole(value_of(open(write(dir, "a.tgz", gzip(saved.archive())), options)));
}

TEST_CASE("several images need a name") {
  Saved saved = docker_20();
  const Json config = config_of({kLayers[0]});
  saved.members.push_back({config_name(config), config.dump()});
  saved.manifest.push_back({{"Config", config_name(config)},
                            {"RepoTags", {"other:1"}},
                            {"Layers", {"1/layer.tar"}}});
  CHECK_THAT(error_of(open_saved(saved)), StartsWith("not_found: ") && Contains("holds 2 images") &&
                                              Contains("app:1, app:2, other:1"));
  CHECK_THAT(error_of(open_saved(saved, ":nope:1")),
             StartsWith("not_found: ") && Contains("no image 'nope:1'; it has: app:1"));
  CHECK(value_of(open_saved(saved, ":other:1")).layers.size() == 1);
  CHECK(value_of(open_saved(saved, ":@1")).layers.size() == 1);
}

TEST_CASE("names that are none are not passed on, and long lists are cut") {
  Saved saved = docker_20();
  saved.manifest[0]["RepoTags"] = {"app:1", "evil\x1b[2J", "UP:1", ""};
  CHECK(value_of(open_saved(saved)).names == std::vector<std::string>{"app:1"});
  for (int i = 100; i < 200; ++i) saved.manifest[0]["RepoTags"].push_back("z:" + std::to_string(i));
  const std::string error = error_of(open_saved(saved, ":nope:1"));
  CHECK_THAT(error, Contains("and 84 more") && Contains("evil\\x1b[2J"));
}

TEST_CASE("damaged Docker archives") {
  Saved saved = docker_20();
  SECTION("layer with other content") {
    saved.members[3].data[600] ^= 1;
    CHECK_THAT(error_of(content(value_of(open_saved(saved)), 1)),
               StartsWith("image: ") && Contains("layer 2 (2/layer.tar) has the diffID"));
  }
  SECTION("config with other content") {
    saved.members[4].data.back() = ' ';
    CHECK_THAT(error_of(open_saved(saved)), StartsWith("image: ") && Contains("tampered with"));
  }
  SECTION("layer missing") {
    saved.members[3].name = "9/layer.tar";
    CHECK_THAT(error_of(open_saved(saved)), Contains("no member '2/layer.tar'"));
  }
  SECTION("config missing") {
    saved.members.pop_back();
    CHECK_THAT(error_of(open_saved(saved)), StartsWith("image: ") && Contains("no member"));
  }
  SECTION("layers and diff_ids differ") {
    saved.manifest[0]["Layers"].erase(1);
    CHECK_THAT(error_of(open_saved(saved)), Contains("lists 1 layers") && Contains("2 diff_ids"));
  }
  SECTION("layer outside") {
    saved.manifest[0]["Layers"][1] = "../../../etc/passwd";
    CHECK_THAT(error_of(open_saved(saved)), Contains("no member '../../../etc/passwd'"));
  }
  SECTION("manifest of the wrong shape") {
    for (const char* text : {"{}", "[]", "[1]", "[{}]", R"([{"Config":1}])",
                             R"([{"Config":"c","Layers":"x","RepoTags":3}])", "nonsense"}) {
      CAPTURE(text);
      const TempDir dir = scratch();
      const std::string path = write(dir, "a.tar", tar({{"manifest.json", text}}));
      CHECK_THAT(error_of(open("docker-archive:" + path)),
                 StartsWith("image: ") && Contains("manifest.json"));
    }
  }
  SECTION("before Docker 1.10") {
    const TempDir dir = scratch();
    const std::string path = write(dir, "a.tar", tar({{"repositories", "{}"}}));
    CHECK_THAT(error_of(open("docker-archive:" + path)), Contains("Docker 1.10"));
  }
}
