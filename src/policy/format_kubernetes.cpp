// SPDX-License-Identifier: Apache-2.0
// Kubernetes: a Deployment, and the Security Profiles Operator's SeccompProfile.
#include <algorithm>

#include "policy/deployment.hpp"
#include "policy/yaml.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"
#include "slim/policy/formats.hpp"

namespace slim::policy {
namespace {

using Json = nlohmann::ordered_json;
using Kind = WritablePath::Kind;

// An emptyDir begins empty: what has to begin with the image's content cannot be one, and a pod has
// no other way to get at it than a copy by the image itself.
bool can_be_read_only(const Confinement& confinement, const Measures& measures) {
  return measures.read_only && writable_of(confinement, Kind::seeded).empty();
}

Json pod_security(const Deployment& deployment) {
  Json security = {{"seccompProfile",
                    {{"type", "Localhost"},
                     {"localhostProfile", "profiles/" + deployment.name + ".json"}}}};
  if (deployment.uid.value_or(0) != 0) {
    // By number: the kubelet cannot tell that a user given by name is not root.
    security["runAsNonRoot"] = true;
    security["runAsUser"] = *deployment.uid;
    if (deployment.gid) {
      security["runAsGroup"] = *deployment.gid;
      security["fsGroup"] = *deployment.gid;
    }
  }
  // One of the sysctls that Kubernetes counts as safe (since 1.22).
  if (deployment.own_network && has_privileged_port(deployment))
    security["sysctls"] =
        Json::array({{{"name", "net.ipv4.ip_unprivileged_port_start"}, {"value", "0"}}});
  return security;
}

Json container_security(const Confinement& confinement, const Measures& measures) {
  Json security = Json::object();
  if (measures.no_new_privileges) security["allowPrivilegeEscalation"] = false;
  if (measures.capabilities) {
    security["capabilities"]["drop"] = {"ALL"};
    for (const auto& use : confinement.capabilities)
      security["capabilities"]["add"].push_back(short_capability(use.name));
  }
  if (can_be_read_only(confinement, measures)) security["readOnlyRootFilesystem"] = true;
  return security;
}

struct Volumes {
  Json mounts = Json::array();
  Json volumes = Json::array();

  void add(const std::string& path) {
    const std::string name = resource_name(path);
    mounts.push_back({{"name", name}, {"mountPath", escape_bytes(path)}});
    volumes.push_back({{"name", name}, {"emptyDir", Json::object()}});
  }
};

Volumes volumes_of(const Confinement& confinement, const Measures& measures) {
  Volumes made;
  for (const auto* path : writable_of(confinement, Kind::volume)) made.add(path->path);
  if (can_be_read_only(confinement, measures))
    for (const auto* path : writable_of(confinement, Kind::tmpfs)) made.add(path->path);
  return made;
}

Json container_of(const Deployment& deployment, const Confinement& confinement,
                  const Measures& measures) {
  Json container = {{"name", deployment.name}, {"image", deployment.image}};
  if (deployment.entrypoint) container["command"] = {*deployment.entrypoint};
  if (!deployment.arguments.empty()) container["args"] = deployment.arguments;
  for (const auto& port : deployment.ports)
    container["ports"].push_back(
        {{"containerPort", port.number}, {"protocol", upper_case(port.protocol)}});
  for (const auto& variable : deployment.environment)
    container["env"].push_back(
        {{"name", variable},
         {"valueFrom",
          {{"secretKeyRef", {{"name", deployment.name + "-env"}, {"key", variable}}}}}});
  container["securityContext"] = container_security(confinement, measures);
  return container;
}

std::string kubernetes_comment(const Deployment& deployment, const Confinement& confinement,
                               const Measures& measures) {
  std::string comment = deployment.comment;
  comment += "\nThe seccomp profile goes to the nodes as\n/var/lib/kubelet/seccomp/profiles/" +
             deployment.name + ".json";
  if (!writable_of(confinement, Kind::volume).empty())
    comment += "\nData that is to stay needs a PersistentVolumeClaim in place of an emptyDir.";
  if (!deployment.environment.empty())
    comment += "\nThe variables are taken from the Secret " + deployment.name + "-env.";
  if (measures.read_only && !can_be_read_only(confinement, measures)) {
    comment += "\nNot read-only: these directories have to begin with the image's content,\n"
               "which an emptyDir cannot:";
    for (const auto* path : writable_of(confinement, Kind::seeded))
      comment += " " + escape_bytes(path->path);
  }
  return comment;
}

}  // namespace

std::string kubernetes_deployment(const Deployment& deployment, const Confinement& confinement,
                                  const Measures& measures) {
  const Json labels = {{"app.kubernetes.io/name", deployment.name}};
  Json container = container_of(deployment, confinement, measures);
  Volumes volumes = volumes_of(confinement, measures);
  if (!volumes.mounts.empty()) container["volumeMounts"] = std::move(volumes.mounts);
  Json pod = {{"automountServiceAccountToken", false},
              {"securityContext", pod_security(deployment)}};
  if (!deployment.own_network) pod["hostNetwork"] = true;
  pod["containers"] = Json::array({std::move(container)});
  if (!volumes.volumes.empty()) pod["volumes"] = std::move(volumes.volumes);
  const Json document = {{"apiVersion", "apps/v1"},
                         {"kind", "Deployment"},
                         {"metadata", {{"name", deployment.name}, {"labels", labels}}},
                         {"spec",
                          {{"replicas", 1},
                           {"selector", {{"matchLabels", labels}}},
                           {"template",
                            {{"metadata", {{"labels", labels}}}, {"spec", std::move(pod)}}}}}};
  return to_yaml(document, kubernetes_comment(deployment, confinement, measures));
}

// v1beta1 is what every release of the operator serves.
std::string spo_profile(const std::string& name, const SeccompProfile& profile) {
  Json spec = {{"defaultAction", profile.default_action},
               {"architectures", profile.architectures}};
  Json rules = Json::array();
  for (const SeccompRule& rule : profile.rules) {
    Json item = {{"names", rule.names}, {"action", rule.action}};
    if (rule.errno_ret) item["errnoRet"] = *rule.errno_ret;
    for (const SeccompArg& arg : rule.args)
      item["args"].push_back({{"index", arg.index},
                              {"value", arg.value},
                              {"valueTwo", arg.value_two},
                              {"op", arg.op}});
    rules.push_back(std::move(item));
  }
  spec["syscalls"] = std::move(rules);
  return to_yaml({{"apiVersion", "security-profiles-operator.x-k8s.io/v1beta1"},
                  {"kind", "SeccompProfile"},
                  {"metadata", {{"name", name}}},
                  {"spec", std::move(spec)}},
                 "Pods name it as localhostProfile: operator/" + name +
                     ".json (before the operator's 0.9: operator/NAMESPACE/" + name + ".json)");
}

}  // namespace slim::policy
