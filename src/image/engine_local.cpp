// SPDX-License-Identifier: Apache-2.0
#include "image/engine_local.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "image/engine_json.hpp"
#include "slim/base/file.hpp"
#include "slim/base/path.hpp"
#include "slim/image/model.hpp"

namespace slim::image {
namespace {

using Json = nlohmann::json;

tl::unexpected<Error> cannot(std::string why) {
  return fail(ErrorCode::unsupported, std::move(why));
}

Result<void> check_driver(const Json& info) {
  if (const std::string driver = text_at(info, "Driver"); driver != "overlay2")
    return cannot("the engine's storage driver is " + (driver.empty() ? "unknown" : driver) +
                  ", not overlay2");
  // With redirect_dir or metacopy the upper directories are not complete by themselves
  // (Documentation/filesystems/overlayfs.rst); the engine then says it cannot diff natively either.
  if (driver_status(info, "Native Overlay Diff") != "true")
    return cannot("its overlay2 layers are not complete by themselves (redirect_dir or metacopy)");
  // In these the owners or the whiteouts on disk are not those of the image.
  if (driver_status(info, "userxattr") == "true")
    return cannot("its overlay2 layers are those of a rootless engine");
  const auto options = info.find("SecurityOptions");
  if (options == info.end() || !options->is_array()) return {};
  for (const Json& option : *options) {
    const std::string name = option.is_string() ? option.get<std::string>() : "";
    for (const std::string_view shifted : {"name=userns", "name=rootless"})
      if (name.starts_with(shifted))
        return cannot("the engine shifts the owners of files (" + std::string(shifted.substr(5)) +
                      ")");
  }
  return {};
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// A name the engine generated: hexadecimal, or with "-init" and the like; never a path.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '-' || c == '_' || c == '.';
         });
}

// The engine's directory for each layer, by chain ID (OCI image-spec config.md#layer-chainid).
Result<std::vector<std::string>> layer_directories(const std::string& root,
                                                   const std::vector<Digest>& diff_ids) {
  std::vector<std::string> directories;
  Digest chain;
  for (const Digest& diff_id : diff_ids) {
    chain = chain.empty() ? diff_id : Digest::of(chain.text() + " " + diff_id.text());
    const std::string record = root + "/image/overlay2/layerdb/sha256/" + chain.hex;
    const auto recorded = read_file(record + "/diff");
    const auto cache_id = read_file(record + "/cache-id");
    if (!recorded || !cache_id || *recorded != diff_id.text() || !is_plain_name(*cache_id))
      return cannot("its record of layer " + diff_id.text() + " is not on this host");
    std::string directory = root + "/overlay2/" + *cache_id + "/diff";
    if (!is_directory(directory))
      return cannot("its directory of layer " + diff_id.text() + " is not on this host");
    directories.push_back(std::move(directory));
  }
  return directories;
}

// What the engine itself says the layers' directories are; base first.
std::vector<std::string> announced_directories(const Json& inspected) {
  std::vector<std::string> directories;
  const auto driver = inspected.find("GraphDriver");
  if (driver == inspected.end() || !driver->is_object()) return directories;
  const auto data = driver->find("Data");
  if (data == driver->end() || !data->is_object()) return directories;
  std::string rest = text_at(*data, "LowerDir");
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    directories.insert(directories.begin(), rest.substr(0, colon));
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  if (const std::string upper = text_at(*data, "UpperDir"); !upper.empty())
    directories.push_back(upper);
  return directories;
}

}  // namespace

Result<LocalLayers> find_local_layers(const Json& info, const Json& inspected) {
  if (::geteuid() != 0) return cannot("only root may read the engine's layers");
  SLIM_CHECK(check_driver(info));
  const std::string root = text_at(info, "DockerRootDir");
  if (!root.starts_with('/') || !is_directory(root))
    return cannot("the engine's directory " + escape_bytes(root) + " is not on this host");

  SLIM_TRY(const Digest id, Digest::parse(text_at(inspected, "Id")));
  LocalLayers layers;
  auto config = read_file(root + "/image/overlay2/imagedb/content/sha256/" + id.hex);
  if (!config || Digest::of(*config) != id)
    return cannot("the engine's record of the image is not on this host");
  layers.config_json = std::move(*config);

  SLIM_TRY(const ImageConfig parsed, ImageConfig::parse(layers.config_json));
  SLIM_TRY(layers.directories, layer_directories(root, parsed.diff_ids));
  // DockerRootDir may be reached through a symlink, so that only the ends of the names compare.
  const auto announced = announced_directories(inspected);
  const auto same_layer = [](const std::string& a, const std::string& b) {
    return name_of(parent_of(a)) == name_of(parent_of(b));
  };
  if (!std::equal(announced.begin(), announced.end(), layers.directories.begin(),
                  layers.directories.end(), same_layer))
    return cannot("the engine and its records disagree about the image's layers");
  return layers;
}

}  // namespace slim::image
