// SPDX-License-Identifier: Apache-2.0
// The policies of one container in the forms that other programs read. Pure and deterministic.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "slim/policy/confinement.hpp"
#include "slim/policy/ports.hpp"
#include "slim/policy/seccomp.hpp"

namespace slim::policy {

// What is run, besides how it is confined.
struct Deployment {
  std::string name;   // of the container, service or profile; see resource_name()
  std::string image;  // as an engine knows it
  std::vector<ExposedPort> ports;        // served
  std::vector<std::string> environment;  // names of variables; their values are not written down
  std::vector<std::string> options;      // further options of docker run, word by word
  std::optional<std::string> entrypoint;
  std::vector<std::string> arguments;  // in place of the image's Cmd
  std::optional<uint32_t> uid, gid;    // of the first process
  bool own_network = true;
  std::string comment;  // lines for the head of the document, without comment marks
};

// A name of lower-case letters, digits and dashes, at most 63 (RFC 1123 label), as Kubernetes wants.
std::string resource_name(const std::string& text);

// A shell script that runs the container with Docker (docker-run(1)); it expects seccomp.json beside
// it and hands its own arguments on as further options.
std::string docker_run_script(const Deployment& deployment, const Confinement& confinement,
                              const Measures& measures);

// A service for Compose (compose-spec.io, 05-services.md); seccomp.json is looked for beside it.
std::string compose_service(const Deployment& deployment, const Confinement& confinement,
                            const Measures& measures);

// A Deployment (Kubernetes API apps/v1) with the securityContext and the volumes that it needs. The
// profile is expected at profiles/NAME.json below the kubelet's seccomp directory.
std::string kubernetes_deployment(const Deployment& deployment, const Confinement& confinement,
                                  const Measures& measures);

// A SeccompProfile of the Security Profiles Operator (security-profiles-operator.x-k8s.io/v1beta1).
std::string spo_profile(const std::string& name, const SeccompProfile& profile);

// A profile for apparmor.d(5): the capabilities, socket families, executables and writable
// directories that were used; everything may be read.
std::string apparmor_profile(const std::string& name, const trace::Trace& trace,
                             const Confinement& confinement, const Measures& measures);

}  // namespace slim::policy
