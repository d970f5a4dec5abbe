// SPDX-License-Identifier: Apache-2.0
#include "cli/policies.hpp"

#include <stdio.h>

#include "cli/confine.hpp"
#include "cli/observe.hpp"
#include "cli/traces.hpp"
#include "slim/base/text.hpp"
#include "slim/policy/call_reasons.hpp"
#include "slim/policy/formats.hpp"

namespace slim::cli {

namespace {

// Options of the container that every format's own options do not say already. The values of
// variables stay out: they may be secrets.
std::vector<std::string> further_options(const container::RunOptions& run) {
  std::vector<std::string> words;
  const auto add = [&](const char* option, const std::vector<std::string>& values) {
    for (const auto& value : values) words.insert(words.end(), {option, value});
  };
  const auto add_one = [&](const char* option, const std::string& value) {
    if (!value.empty()) add(option, {value});
  };
  add("--env-file", run.env_files);
  add("--volume", run.volumes);
  add("--mount", run.mounts);
  add("--tmpfs", run.tmpfs);
  add("--ulimit", run.ulimits);
  add_one("--workdir", run.workdir);
  add_one("--user", run.user);
  add_one("--hostname", run.hostname);
  add_one("--shm-size", run.shm_size);
  if (run.network == container::Network::none) add("--network", {"none"});
  if (run.network == container::Network::host) add("--network", {"host"});
  return words;
}

std::vector<std::string> variable_names(const std::vector<std::string>& settings) {
  std::vector<std::string> names;
  for (const auto& setting : settings) names.push_back(setting.substr(0, setting.find('=')));
  return names;
}

Result<policy::Deployment> deployment_of(const Options& options, const Source& source,
                                         const Product& product) {
  policy::Deployment made;
  SLIM_TRY(const auto reference, image::Reference::parse(options.image));
  made.name = policy::resource_name(reference.short_name());
  // Without a name an engine knows the image by the digest of its config.
  made.image = options.tags.empty() ? product.image.config_digest.text() : options.tags.front();
  made.ports = policy::served(product.network.ports());
  made.environment = variable_names(options.run.env);
  made.options = further_options(options.run);
  made.entrypoint = options.run.entrypoint;
  made.arguments = options.run.command;
  made.own_network = options.run.network != container::Network::host;
  SLIM_TRY(const auto user, user_of(options, source));
  made.uid = user.uid;
  made.gid = user.gid;
  return made;
}

// The mount points of a trace that are not every container's.
std::vector<std::string> volumes_of(const trace::Trace& trace) {
  static const std::vector<std::string> kEngine = {"/etc/hostname", "/etc/hosts",
                                                   "/etc/resolv.conf"};
  std::vector<std::string> volumes;
  for (const auto& path : trace.mount_points) {
    const bool system = path.starts_with("/proc") || path.starts_with("/sys") ||
                        path.starts_with("/dev") ||
                        is_one_of(path, kEngine);
    if (!system) volumes.push_back(path);
  }
  return volumes;
}

Result<policy::Confinement> confine_trace(const Options& options, const trace::Trace& trace) {
  policy::ConfinementInput input;
  SLIM_TRY(input.capabilities, container::capabilities(options.run));
  input.volumes = volumes_of(trace);
  return policy::confinement(trace, input);
}

std::string name_of(const Options& options, const trace::Trace& trace) {
  return options.name.empty() ? application_of(trace) : options.name;
}

Result<std::string> container_format(const Options& options, const trace::Trace& trace) {
  SLIM_TRY(const auto confinement, confine_trace(options, trace));
  policy::Deployment deployment;
  deployment.name = name_of(options, trace);
  deployment.ports = policy::served(policy::ports(trace, {}));
  deployment.comment = "By slim, from a trace alone: nothing was run under this.";
  deployment.image = options.image;
  if (options.image.empty()) {
    deployment.image = trace.image_name.empty() ? deployment.name : trace.image_name;
    deployment.comment += "\nThe name of the image is that of the trace: --image gives another.";
  }
  // Whether set-user-ID programs are executed is not known without the image.
  policy::Measures measures = confinement.possible;
  measures.no_new_privileges = false;
  if (options.format == "run")
    return policy::docker_run_script(deployment, confinement, measures);
  if (options.format == "compose")
    return policy::compose_service(deployment, confinement, measures);
  return policy::kubernetes_deployment(deployment, confinement, measures);
}

Result<policy::SeccompProfile> translated(const policy::SeccompProfile& profile,
                                          const std::string& architecture) {
  SLIM_TRY(auto made, policy::for_architecture(profile, architecture));
  if (made.from.empty()) return std::move(made.profile);
  std::string note = "slim: the profile for " + architecture + " is unproven: it was made from one of " +
                     made.from + " by the names of calls";
  for (size_t i = 0; i < made.dropped.size(); ++i)
    note += (i == 0 ? "; without a counterpart there: " : ", ") + made.dropped[i];
  ::fprintf(stderr, "%s\n", note.c_str());
  return std::move(made.profile);
}

}  // namespace

Result<void> write_policies(const Options& options, const Source& source, const Product& product,
                            const trace::Trace& trace,
                            const std::optional<policy::Measures>& held, const Output& output) {
  const policy::Confinement& confinement = product.confinement;
  SLIM_CHECK(output.write("confinement.json", policy::to_json(confinement, held)));
  const policy::Measures measures = held.value_or(confinement.possible);
  SLIM_TRY(auto deployment, deployment_of(options, source, product));
  deployment.comment = held ? "By slim, which has run the image under these restrictions."
                            : "By slim, from a trace: nothing was run under this.";
  SLIM_CHECK(output.write("run.sh", policy::docker_run_script(deployment, confinement, measures),
                          Output::Mode::executable));
  SLIM_CHECK(
      output.write("compose.yaml", policy::compose_service(deployment, confinement, measures)));
  SLIM_CHECK(output.write("kubernetes.yaml",
                          policy::kubernetes_deployment(deployment, confinement, measures)));
  SLIM_CHECK(output.write("spo.yaml", policy::spo_profile(deployment.name, product.seccomp)));
  return output.write("apparmor.profile", policy::apparmor_profile("slim-" + deployment.name, trace,
                                                                   confinement, measures));
}

Result<std::string> print_profile(const Options& options) {
  SLIM_TRY(const auto trace, merged_trace(options.files, false));
  SLIM_TRY(const std::string warning, accept_trace(options, trace, Coverage::whole));
  if (!warning.empty()) ::fprintf(stderr, "slim: %s\n", warning.c_str());
  SLIM_TRY(const auto allowed, base_profile(options));
  auto profile = policy::seccomp_from_trace(trace, allowed, options.seccomp_choices);
  if (!options.base.empty()) {
    SLIM_TRY(const std::string text, in_step(ErrorCode::usage, read_file(options.base)));
    SLIM_TRY(const auto base, policy::parse_seccomp(text, options.base));
    profile = policy::united(base, profile);
  }
  if (!options.architecture.empty()) {
    SLIM_TRY(profile, translated(profile, options.architecture));
  }
  if (options.format == "table")
    return policy::calls_table(policy::call_reasons(profile, trace, options.seccomp_choices), profile);
  if (options.format == "spo") return policy::spo_profile(name_of(options, trace), profile);
  if (options.format == "apparmor") {
    SLIM_TRY(const auto confinement, confine_trace(options, trace));
    return policy::apparmor_profile(name_of(options, trace), trace, confinement, confinement.possible);
  }
  if (options.format == "run" || options.format == "compose" || options.format == "k8s")
    return container_format(options, trace);
  // Docker, Podman, CRI-O and the runtime-spec read the same document.
  return policy::to_json(profile);
}

}  // namespace slim::cli
