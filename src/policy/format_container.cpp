// SPDX-License-Identifier: Apache-2.0
// docker run, and Compose, which takes the same options under other names.
#include <algorithm>
#include <cctype>

#include "policy/deployment.hpp"
#include "policy/yaml.hpp"
#include "slim/policy/formats.hpp"

namespace slim::policy {

std::string resource_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte))
      name += static_cast<char>(std::tolower(byte));
    else if (!name.empty() && name.back() != '-')
      name += '-';
    if (name.size() == 63) break;
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? "app" : name;
}

std::string short_capability(const std::string& name) {
  return name.starts_with("CAP_") ? name.substr(4) : name;
}

bool has_privileged_port(const Deployment& deployment) {
  return std::any_of(deployment.ports.begin(), deployment.ports.end(),
                     [](const ExposedPort& port) { return port.number < 1024; });
}

std::vector<const WritablePath*> writable_of(const Confinement& confinement,
                                             WritablePath::Kind kind) {
  std::vector<const WritablePath*> paths;
  for (const auto& path : confinement.writable)
    if (path.kind == kind) paths.push_back(&path);
  return paths;
}

namespace {

using Json = nlohmann::ordered_json;
using Kind = WritablePath::Kind;

constexpr const char* kUnprivilegedPorts = "net.ipv4.ip_unprivileged_port_start";

std::string quoted(const std::string& word) {
  constexpr std::string_view kSafe =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+";
  if (!word.empty() && word.find_first_not_of(kSafe) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) c == '\'' ? text += "'\\''" : text += c;
  return text + "'";
}

std::string published(const ExposedPort& port) {
  const std::string number = std::to_string(port.number);
  return number + ":" + number + "/" + port.protocol;
}

class Script {
 public:
  void add(const std::string& option, const std::string& value) {
    text_ += " \\\n  " + option + (value.empty() ? "" : " " + value);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void add_measures(Script& script, const Confinement& confinement, const Measures& measures) {
  if (measures.capabilities) {
    script.add("--cap-drop", "ALL");
    for (const auto& use : confinement.capabilities)
      script.add("--cap-add", short_capability(use.name));
  }
  if (measures.no_new_privileges) script.add("--security-opt", "no-new-privileges");
  script.add("--security-opt", "\"seccomp=$here/seccomp.json\"");
  if (!measures.read_only) return;
  script.add("--read-only", "");
  for (const auto* path : writable_of(confinement, Kind::tmpfs))
    script.add("--tmpfs", quoted(tmpfs_option(*path)));
  for (const auto* path : writable_of(confinement, Kind::seeded))
    script.add("--volume", quoted(path->path));
}

}  // namespace

std::string docker_run_script(const Deployment& deployment, const Confinement& confinement,
                              const Measures& measures) {
  Script script;
  add_measures(script, confinement, measures);
  if (deployment.own_network) {
    if (has_privileged_port(deployment))
      script.add("--sysctl", std::string(kUnprivilegedPorts) + "=0");
    for (const auto& port : deployment.ports) script.add("--publish", published(port));
  }
  for (const auto& variable : deployment.environment) script.add("--env", quoted(variable));
  for (const auto& word : deployment.options) script.add(quoted(word), "");
  if (deployment.entrypoint)
    script.add("--entrypoint", quoted(*deployment.entrypoint));
  script.add("\"$@\"", "");
  script.add(quoted(deployment.image), "");
  std::string arguments;
  for (const auto& word : deployment.arguments) arguments += " " + quoted(word);
  return "#!/bin/sh\n" + commented(deployment.comment) +
         "# Usage: [DOCKER=COMMAND] run.sh [OPTION of docker run...]\n"
         "set -eu\n"
         "here=$(cd \"$(dirname \"$0\")\" && pwd)\n"
         "exec ${DOCKER:-docker} run" +
         script.text() + arguments + "\n";
}

std::string compose_service(const Deployment& deployment, const Confinement& confinement,
                            const Measures& measures) {
  Json service = {{"image", deployment.image}};
  Json volumes = Json::array(), named = Json::object();
  for (const auto* path : writable_of(confinement, Kind::volume)) {
    const std::string name = resource_name(path->path);
    volumes.push_back(name + ":" + path->path);
    named[name] = Json::object();
  }
  if (measures.capabilities) {
    service["cap_drop"] = {"ALL"};
    for (const auto& use : confinement.capabilities)
      service["cap_add"].push_back(short_capability(use.name));
  }
  service["security_opt"] = Json::array();
  if (measures.no_new_privileges) service["security_opt"].push_back("no-new-privileges:true");
  service["security_opt"].push_back("seccomp:./seccomp.json");
  if (measures.read_only) {
    service["read_only"] = true;
    for (const auto* path : writable_of(confinement, Kind::tmpfs))
      service["tmpfs"].push_back(tmpfs_option(*path));
    for (const auto* path : writable_of(confinement, Kind::seeded)) volumes.push_back(path->path);
  }
  if (!volumes.empty()) service["volumes"] = std::move(volumes);
  if (deployment.own_network) {
    if (has_privileged_port(deployment)) service["sysctls"] = {{kUnprivilegedPorts, "0"}};
    for (const auto& port : deployment.ports) service["ports"].push_back(published(port));
  } else {
    service["network_mode"] = "host";
  }
  // Without a value they are taken from the environment of Compose.
  for (const auto& variable : deployment.environment) service["environment"].push_back(variable);
  if (deployment.entrypoint) service["entrypoint"] = {*deployment.entrypoint};
  if (!deployment.arguments.empty()) service["command"] = deployment.arguments;
  Json document;
  document["services"] = {{deployment.name, std::move(service)}};
  if (!named.empty()) document["volumes"] = std::move(named);
  return to_yaml(document, deployment.comment);
}

}  // namespace slim::policy
