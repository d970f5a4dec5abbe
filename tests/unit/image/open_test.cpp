// SPDX-License-Identifier: Apache-2.0
// Layouts and OCI archives, honest and hostile.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image_builder.hpp"

using namespace slim;
using namespace slim::image;
using namespace slim::image::test;
using Catch::Contains;
using Catch::StartsWith;

namespace {

const std::string kTar = tar({{"etc/hostname", "box\n"}});
const std::string kTar2 = tar({{"bin/app", std::string(3000, 'x')}});

// Opens the layout as a directory and as an archive, which must fail in the same way.
std::string error_from(const Layout& layout, const std::string& tag = "",
                       const OpenOptions& options = {}) {
  const TempDir dir = scratch(), other = scratch();
  layout.write_to(dir);
  const std::string path = write(other, "x.tar", layout.archive());
  std::string from_directory = error_of(open("oci:" + dir.path() + tag, options));
  std::string from_archive = error_of(open("oci-archive:" + path + tag, options));
  const auto without = [](std::string text, const std::string& part) {
    for (size_t at; (at = text.find(part)) != std::string::npos;) text.replace(at, part.size(), "IT");
    return text;
  };
  from_directory = without(from_directory, dir.path());
  CHECK(from_directory == without(from_archive, path));
  CHECK(from_directory.find('\n') == std::string::npos);
  return from_directory;
}

Platform other_platform() {
  return Platform::host().architecture == "arm64" ? Platform{"linux", "s390x", ""}
                                                  : Platform{"linux", "arm64", ""};
}

}  // namespace

TEST_CASE("a layout opens in every packing") {
  Layout layout;
  const std::vector<BuiltLayer> layers = {plain_layer(kTar), gzip_layer(kTar2), zstd_layer(kTar)};
  const Json entry = layout.add_image(layers, "host/app:1");
  const TempDir dir = scratch(), other = scratch();
  layout.write_to(dir);
  OpenOptions options;
  options.temporary_directory = other.path();
  const std::string references[] = {
      "oci:" + dir.path(),
      dir.path() + ":host/app:1",
      "oci-archive:" + write(other, "a.tar", layout.archive()),
      write(other, "a.tar.gz", gzip(layout.archive())),
      write(other, "a.tar.zst", zstd(layout.archive())) + ":host/app:1",
  };
  for (const std::string& reference : references) {
    CAPTURE(reference);
    const Image image = value_of(open(reference, options));
    CHECK(image.digest.text() == entry["digest"]);
    CHECK(image.names == std::vector<std::string>{"host/app:1"});
    CHECK(image.config.cmd == std::vector<std::string>{"/bin/true"});
    CHECK(image.reference == value_of(Reference::parse(reference)));
    REQUIRE(image.layers.size() == 3);
    CHECK(image.layers[1].diff_id == Digest::of(kTar2));
    CHECK(image.layers[1].blob->digest == Digest::of(layers[1].blob));
    CHECK(image.layers[1].blob->size == layers[1].blob.size());
    CHECK(value_of(content(image, 0)) == kTar);
    CHECK(value_of(content(image, 1)) == kTar2);
    CHECK(value_of(content(image, 2)) == kTar);
    CHECK_FALSE(image.source->open_layer(3));
  }
}

TEST_CASE("the bytes tell how a layer is compressed, as for engines") {
  Layout layout;
  BuiltLayer layer = plain_layer(kTar);
  layer.media_type += "+gzip";  // skopeo 1.9 writes this
  layout.add_image({layer});
  const TempDir dir = scratch();
  layout.write_to(dir);
  CHECK(value_of(content(value_of(open(dir.path())), 0)) == kTar);
}

TEST_CASE("Docker's media types") {
  Layout layout;
  BuiltLayer layer = gzip_layer(kTar);
  layer.media_type = "application/vnd.docker.image.rootfs.diff.tar.gzip";
  Json manifest = {
      {"schemaVersion", 2},
      {"mediaType", "application/vnd.docker.distribution.manifest.v2+json"},
      {"config", layout.add_blob("application/vnd.docker.container.image.v1+json",
                                 config_of({layer}).dump())},
      {"layers", {layout.add_blob(layer.media_type, layer.blob)}}};
  const Json list = {
      {"schemaVersion", 2},
      {"mediaType", "application/vnd.docker.distribution.manifest.list.v2+json"},
      {"manifests", {layout.add_blob(manifest["mediaType"], manifest.dump())}}};
  layout.index["manifests"] = {layout.add_blob(list["mediaType"], list.dump())};
  const TempDir dir = scratch();
  layout.write_to(dir);
  CHECK(value_of(content(value_of(open(dir.path())), 0)) == kTar);
}

TEST_CASE("tags choose, and errors list them") {
  Layout layout;
  layout.add_image({plain_layer(kTar)}, "one");
  layout.add_image({plain_layer(kTar2)}, "docker.io/library/two:latest");
  const TempDir dir = scratch();
  layout.write_to(dir);
  const auto layer = [&](const std::string& tag) {
    return value_of(open("oci:" + dir.path() + ":" + tag)).layers.at(0).diff_id;
  };
  CHECK(layer("one") == Digest::of(kTar));
  CHECK(layer("two:latest") == Digest::of(kTar2));
  CHECK(layer("@" + layout.index["manifests"][0]["digest"].get<std::string>()) == Digest::of(kTar));
  const std::string both = "docker.io/library/two:latest, one";
  CHECK_THAT(error_from(layout, ":three"),
             StartsWith("not_found: ") && Contains("no image 'three'; it has: " + both));
  CHECK_THAT(error_from(layout), StartsWith("not_found: ") && Contains("holds 2 images") &&
                                     Contains(both));
  CHECK_THAT(error_from(Layout()), StartsWith("not_found: ") && Contains("holds no image"));
}

TEST_CASE("two names of one image are no ambiguity") {
  Layout layout;
  layout.add_image({plain_layer(kTar)}, "a:1");
  layout.add_image({plain_layer(kTar)}, "a:2");
  const TempDir dir = scratch();
  layout.write_to(dir);
  CHECK(value_of(open(dir.path())).names == std::vector<std::string>{"a:1", "a:2"});
}

TEST_CASE("a platform is chosen from an index") {
  Layout layout;
  Json list = {{"schemaVersion", 2}, {"manifests", Json::array()}};
  const auto add = [&](const Platform& platform, const std::string& data) {
    const std::vector<BuiltLayer> layers = {plain_layer(tar({{"f", data}}))};
    Json entry = layout.add_manifest(config_of(layers, platform), layers);
    entry["platform"] = {{"os", platform.os}, {"architecture", platform.architecture}};
    if (!platform.variant.empty()) entry["platform"]["variant"] = platform.variant;
    list["manifests"].push_back(entry);
  };
  const Platform foreign = other_platform();
  add(foreign, "foreign");
  add(Platform::host(), "host");
  add({"linux", "arm", "v6"}, "v6");
  add({"linux", "arm", "v7"}, "v7");
  Json attestation = layout.add_manifest(config_of({}), {});
  attestation["platform"] = {{"os", "unknown"}, {"architecture", "unknown"}};
  attestation["annotations"] = {{"vnd.docker.reference.type", "attestation-manifest"}};
  list["manifests"].push_back(attestation);
  const bool nested = GENERATE(true, false);
  CAPTURE(nested);
  if (nested) {
    layout.index["manifests"] = {
        layout.add_blob("application/vnd.oci.image.index.v1+json", list.dump())};
  } else {
    layout.index = list;
  }
  const TempDir dir = scratch();
  layout.write_to(dir);
  const auto layer = [&](std::optional<Platform> platform) {
    OpenOptions options;
    options.platform = platform;
    return value_of(content(value_of(open(dir.path(), options)), 0));
  };
  CHECK(layer(std::nullopt) == tar({{"f", "host"}}));
  CHECK(layer(foreign) == tar({{"f", "foreign"}}));
  CHECK(layer(Platform{"linux", "arm", ""}) == tar({{"f", "v7"}}));
  CHECK(layer(Platform{"linux", "arm", "v6"}) == tar({{"f", "v6"}}));
  OpenOptions options;
  options.platform = Platform{"linux", "riscv64", ""};
  CHECK_THAT(error_from(layout, "", options),
             StartsWith("unsupported: ") && Contains("no image for linux/riscv64, only for ") &&
                 Contains(foreign.text()) && !Contains("unknown"));
}

TEST_CASE("an image for another architecture is refused") {
  Layout layout;
  layout.index["manifests"] = {layout.add_manifest(config_of({}, other_platform()), {})};
  CHECK_THAT(error_from(layout), StartsWith("unsupported: ") &&
                                     Contains("is for " + other_platform().text() + ", not for " +
                                              Platform::host().text()));
}

TEST_CASE("what is missing, too short or too long is named") {
  Layout layout;
  const Json& entry = layout.add_image({gzip_layer(kTar), plain_layer(kTar2)});
  const Json manifest =
      Json::parse(layout.files["blobs/sha256/" + entry["digest"].get<std::string>().substr(7)]);
  const auto file = [](const Json& descriptor) {
    return "blobs/sha256/" + descriptor["digest"].get<std::string>().substr(7);
  };
  const std::pair<Json, std::string> parts[] = {{entry, "manifest (sha256:"},
                                                {manifest["config"], "config (sha256:"},
                                                {manifest["layers"][0], "layer 1 (sha256:"},
                                                {manifest["layers"][1], "layer 2 (sha256:"}};
  for (const auto& [descriptor, name] : parts) {
    CAPTURE(name);
    Layout broken = layout;
    std::string& bytes = broken.files[file(descriptor)];
    bytes.pop_back();
    CHECK_THAT(error_from(broken), StartsWith("image: ") && Contains(name) &&
                                       Contains("but the image promises " +
                                                std::to_string(bytes.size() + 1)));
    bytes += "xx";
    CHECK_THAT(error_from(broken), Contains(name) && Contains("bytes long"));
    broken.files.erase(file(descriptor));
    CHECK_THAT(error_from(broken),
               StartsWith("image: ") && Contains(name) && Contains("is missing"));
  }
  for (const auto& [descriptor, name] : {parts[0], parts[1]}) {
    Layout broken = layout;
    broken.files[file(descriptor)].back() = ' ';
    CHECK_THAT(error_from(broken), Contains(name) && Contains("tampered with"));
  }
  Layout broken = layout;
  broken.files[file(manifest["layers"][1])][600] ^= 1;
  const TempDir dir = scratch();
  broken.write_to(dir);
  CHECK_THAT(error_of(content(value_of(open(dir.path())), 1)),
             StartsWith("image: ") && Contains("layer 2") && Contains("tampered with"));
}

TEST_CASE("hostile and foreign documents are refused") {
  const auto with_manifest = [](const Json& manifest, const std::string& type =
                                    "application/vnd.oci.image.manifest.v1+json") {
    Layout layout;
    layout.index["manifests"] = {layout.add_blob(type, manifest.dump())};
    return error_from(layout);
  };
  Layout blobs;
  const Json config =
      blobs.add_blob("application/vnd.oci.image.config.v1+json", config_of({}).dump());
  Json manifest = {{"config", config}, {"layers", Json::array()}};

  CHECK_THAT(with_manifest(manifest, "application/x-strange"),
             StartsWith("image: ") && Contains("unknown media type 'application/x-strange'"));
  CHECK_THAT(with_manifest({{"schemaVersion", 1}, {"fsLayers", Json::array()}}, ""),
             Contains("schema 1"));
  CHECK_THAT(with_manifest({{"layers", Json::array()}}), Contains("has no config"));
  Json both = manifest;
  both["manifests"] = Json::array();
  CHECK_THAT(with_manifest(both), Contains("ambiguous"));
  Json disagreeing = manifest;
  disagreeing["mediaType"] = "application/vnd.oci.image.index.v1+json";
  CHECK_THAT(with_manifest(disagreeing), Contains("was promised as"));
  Json chart = manifest;
  chart["config"]["mediaType"] = "application/vnd.cncf.helm.config.v1+json";
  CHECK_THAT(with_manifest(chart), Contains("not a container image") && Contains("helm"));
  Json traversal = manifest;
  traversal["config"]["digest"] = "sha256:../../../../etc/passwd";
  CHECK_THAT(with_manifest(traversal), Contains("config.digest is not a digest"));
  Json negative = manifest;
  negative["config"]["size"] = -1;
  CHECK_THAT(with_manifest(negative), Contains("config.size"));
  Json wrong = manifest;
  wrong["layers"] = {1, 2};
  CHECK_THAT(with_manifest(wrong), Contains("layers[0]"));
  wrong["layers"] = Json::array();
  for (int i = 0; i < 501; ++i) wrong["layers"].push_back(config);
  CHECK_THAT(with_manifest(wrong), Contains("501 layers"));

  Layout strange;
  strange.files["oci-layout"] = R"({"imageLayoutVersion":"2.0"})";
  CHECK_THAT(error_from(strange), Contains("unknown version '2.0'"));
  strange.files["oci-layout"] = "{";
  CHECK_THAT(error_from(strange), Contains("not valid JSON"));
  strange.files.erase("oci-layout");
  CHECK_THAT(error_from(strange), Contains("no oci-layout"));
  Layout indexed;
  indexed.index["manifests"] = {{{"digest", "md5:0"}, {"size", 1}}};
  CHECK_THAT(error_from(indexed), Contains("index.json: manifests[0].digest"));
}

TEST_CASE("layers that are not there to be read are refused by type") {
  for (const auto& [type, why] : std::vector<std::pair<std::string, std::string>>{
           {"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "non-distributable"},
           {"application/vnd.oci.image.layer.nondistributable.v1.tar", "non-distributable"},
           {"application/vnd.oci.image.layer.v1.tar+gzip+encrypted", "encrypted"},
           {"application/vnd.oci.image.layer.v1.tar+lzma", "unknown media type"},
           {"", "unknown media type ''"}}) {
    Layout layout;
    BuiltLayer layer = plain_layer(kTar);
    layer.media_type = type;
    layout.add_image({layer});
    CHECK_THAT(error_from(layout), StartsWith("image: ") && Contains("layer 1") && Contains(why));
  }
}

TEST_CASE("layers and diff_ids must be as many") {
  Layout layout;
  layout.index["manifests"] = {
      layout.add_manifest(config_of({plain_layer(kTar), plain_layer(kTar2)}), {plain_layer(kTar)})};
  CHECK_THAT(error_from(layout), StartsWith("image: ") && Contains("has 1 layers") &&
                                     Contains("has 2 diff_ids"));
}

TEST_CASE("indexes within indexes end") {
  Layout layout;
  Json inner = layout.add_manifest(config_of({}), {});
  for (int i = 0; i < 20; ++i) {
    const Json list = {{"schemaVersion", 2}, {"manifests", {inner}}};
    inner = layout.add_blob("application/vnd.oci.image.index.v1+json", list.dump());
  }
  layout.index["manifests"] = {inner};
  CHECK_THAT(error_from(layout), Contains("nested more than"));
}

TEST_CASE("what stands where a blob should be") {
  Layout layout;
  layout.add_image({plain_layer(kTar)});
  const TempDir dir = scratch();
  layout.write_to(dir);
  const std::string blob = dir.path() + "/blobs/sha256/" + Digest::of(kTar).hex;
  SECTION("a FIFO does not hang") {
    unlink(blob.c_str());
    REQUIRE(mkfifo(blob.c_str(), 0600) == 0);
    CHECK_THAT(error_of(open(dir.path())), StartsWith("image: ") && Contains("not a regular file"));
  }
  SECTION("a symlink to other data is other data") {
    const std::string secret = write(dir, "secret", std::string(kTar.size(), 's'));
    unlink(blob.c_str());
    REQUIRE(symlink(secret.c_str(), blob.c_str()) == 0);
    CHECK_THAT(error_of(content(value_of(open(dir.path())), 0)), Contains("tampered with"));
  }
  SECTION("a truncation after opening is noticed") {
    const Image image = value_of(open(dir.path()));
    REQUIRE(truncate(blob.c_str(), 100) == 0);
    CHECK_THAT(error_of(content(image, 0)), Contains("promises"));
  }
}

TEST_CASE("the wrong transport is corrected by the error") {
  Layout layout;
  layout.add_image({plain_layer(kTar)});
  const TempDir dir = scratch(), other = scratch();
  layout.write_to(dir);
  const std::string path = write(other, "a.tar", layout.archive());
  CHECK_THAT(error_of(open("oci:" + path)), Contains("write oci-archive:" + path));
  CHECK_THAT(error_of(open("docker-archive:" + path)), Contains("write oci-archive:" + path));
  CHECK_THAT(error_of(open("oci-archive:" + dir.path())), Contains("write oci:" + dir.path()));
  CHECK_THAT(error_of(open("oci-archive:" + path + ".none")), StartsWith("not_found: "));
  CHECK_THAT(error_of(open("oci:" + dir.path() + "/none")), StartsWith("not_found: "));
}

TEST_CASE("a cut archive is truncated, compressed or not") {
  Layout layout;
  layout.add_image({plain_layer(kTar)});
  const TempDir dir = scratch();
  OpenOptions options;
  options.temporary_directory = dir.path();
  const std::string bytes = layout.archive();
  const std::string cut = write(dir, "cut.tar", bytes.substr(0, 1800));
  CHECK_THAT(error_of(open("oci-archive:" + cut, options)),
             StartsWith("image: ") && Contains("truncated"));
  const std::string zipped = gzip(bytes);
  const std::string cut_gzip = write(dir, "cut.tar.gz", zipped.substr(0, zipped.size() / 2));
  CHECK_THAT(error_of(open("oci-archive:" + cut_gzip, options)),
             StartsWith("image: ") && Contains("ends too early"));
}

TEST_CASE("an interrupt ends the decompression of an archive") {
  Layout layout;
  layout.add_image({plain_layer(kTar)});
  const TempDir dir = scratch();
  const std::string path = write(dir, "a.tar.gz", gzip(layout.archive()));
  const Interrupt interrupt = value_of(Interrupt::install());
  raise(SIGTERM);
  OpenOptions options;
  options.temporary_directory = dir.path();
  options.interrupt = &interrupt;
  CHECK_THAT(error_of(open("oci-archive:" + path, options)), StartsWith("interrupted: "));
}
