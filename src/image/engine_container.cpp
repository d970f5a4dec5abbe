// SPDX-License-Identifier: Apache-2.0
#include "slim/image/engine_container.hpp"

#include <nlohmann/json.hpp>

#include "image/engine_json.hpp"
#include "slim/base/child.hpp"
#include "slim/base/path.hpp"

namespace slim::image {
namespace {

using Json = nlohmann::json;

// What both engines say of a container in the same words.
Result<EngineContainer> read_container(const Json& inspected, const std::string& engine,
                                       const std::string& wanted) {
  EngineContainer found;
  found.engine = engine;
  found.id = text_at(inspected, "Id");
  found.name = text_at(inspected, "Name");
  if (found.name.starts_with('/')) found.name.erase(0, 1);
  const Json& state = object_at(inspected, "State");
  if (const auto pid = state.find("Pid"); pid != state.end() && pid->is_number_integer())
    found.pid = pid->get<pid_t>();
  if (found.pid <= 0)
    return fail(ErrorCode::container, "container " + escape_bytes(wanted) + " of " + engine +
                                          " does not run (" + text_at(state, "Status") +
                                          "): only a running one can be observed");
  return found;
}

Result<EngineContainer> find_in_docker(const std::string& name, const Interrupt& interrupt) {
  SLIM_TRY(const std::string socket, engine_socket());
  SLIM_TRY(const EngineHttp engine, EngineHttp::connect(socket, interrupt));
  SLIM_TRY(const Json inspected, get_object(engine, "/containers/" + url_path(name) + "/json"));
  SLIM_TRY(EngineContainer found, read_container(inspected, "Docker", name));
  found.image = text_at(object_at(inspected, "Config"), "Image");
  found.image_digest = text_at(inspected, "Image");
  SLIM_TRY(const Json info, get_object(engine, "/info"));
  // An image's ID is its config's digest, unless containerd keeps it: then it is the manifest's.
  if (!driver_status(info, "driver-type").starts_with("io.containerd."))
    found.config_digest = found.image_digest;
  const auto image = get_object(engine, "/images/" + url_path(found.image_digest) + "/json");
  if (image)
    found.exposed = exposed_ports(*image);
  else if (image.error().code() != ErrorCode::not_found)
    return tl::unexpected<Error>(image.error());
  return found;
}

// `podman inspect` gives a list of one. Error `not_found` with podman's own words.
Result<Json> podman_inspect(const std::string& type, const std::string& name,
                            const Interrupt& interrupt) {
  SLIM_TRY(const auto output,
           run_command({"podman", "inspect", "--type", type, "--", name}, interrupt));
  const Json list = Json::parse(output.out, nullptr, false);
  if (output.status.ok() && list.is_array() && list.size() == 1 && list[0].is_object())
    return list[0];
  if (output.err.find("no such") != std::string::npos)
    return fail(ErrorCode::not_found, "no such " + type + ": " + escape_bytes(name));
  return fail(ErrorCode::io, "podman inspect " + escape_bytes(name) + " ended with " +
                                 output.status.text() + ": " + escape_bytes(output.err));
}

Result<EngineContainer> find_in_podman(const std::string& name, const Interrupt& interrupt) {
  SLIM_TRY(const Json inspected, podman_inspect("container", name, interrupt));
  SLIM_TRY(EngineContainer found, read_container(inspected, "Podman", name));
  found.image = text_at(inspected, "ImageName");
  found.image_digest = text_at(inspected, "ImageDigest");
  const std::string id = text_at(inspected, "Image");
  if (!id.empty()) found.config_digest = "sha256:" + id;
  const auto image = podman_inspect("image", id, interrupt);
  if (image)
    found.exposed = exposed_ports(*image);
  else if (image.error().code() != ErrorCode::not_found)
    return tl::unexpected<Error>(image.error());
  return found;
}

}  // namespace

Result<EngineContainer> find_container(const std::string& name, const Interrupt& interrupt) {
  auto docker = find_in_docker(name, interrupt);
  const auto is_elsewhere = [](const Error& error) {
    return error.code() == ErrorCode::not_found || error.code() == ErrorCode::unsupported;
  };
  if (docker || !is_elsewhere(docker.error())) return docker;
  if (!find_program("podman")) {
    if (docker.error().code() == ErrorCode::unsupported) return docker;
  } else {
    auto podman = find_in_podman(name, interrupt);
    if (podman || podman.error().code() != ErrorCode::not_found) return podman;
  }
  return fail(ErrorCode::not_found,
              "neither Docker nor Podman has a container " + escape_bytes(name) +
                  " (docker ps and podman ps list those that run; --pid PID names any other)");
}

}  // namespace slim::image
