// SPDX-License-Identifier: Apache-2.0
#include "cli/ports.hpp"

#include "cli/traces.hpp"
#include "slim/base/path.hpp"
#include "slim/image/reference.hpp"
#include "slim/report/sarif.hpp"

namespace slim::cli {

namespace {

std::string sarif_of(const Options& options, const policy::NetworkAudit& audit) {
  const std::string place = options.files.empty() ? options.image : options.files.front();
  std::vector<report::SarifRule> rules;
  for (const auto& rule : policy::network_rules())
    rules.push_back({std::string(rule.id), std::string(rule.text), std::string(rule.text),
                     std::string(name(rule.level))});
  std::vector<report::SarifFinding> findings;
  for (const auto& finding : audit.findings)
    findings.push_back({finding.rule, std::string(name(finding.level)), finding.message, place, 0,
                        finding.subject});
  return report::to_sarif(SLIM_VERSION, rules, findings);
}

std::string application(const Options& options) {
  if (!options.audit.application.empty()) return options.audit.application;
  const auto reference = image::Reference::parse(options.image);
  return reference && !options.image.empty() ? reference->short_name() : "app";
}

// Without --format: a table of an image, and of traces what ports.json holds.
std::string format_of(const Options& options) {
  if (!options.audit.format.empty()) return options.audit.format;
  if (options.json) return "json";
  return options.files.empty() ? "table" : "ports";
}

std::string text_of(const Options& options, const policy::NetworkAudit& audit) {
  const std::string format = format_of(options);
  if (format == "table") return policy::network_table(audit);
  if (format == "json") return policy::network_json(audit);
  if (format == "k8s") return policy::kubernetes_policy(audit, application(options));
  if (format == "nft") return policy::nftables_ruleset(audit, application(options));
  if (format == "docker") return policy::docker_advice(audit);
  if (format == "sarif") return sarif_of(options, audit);
  return policy::ports_json(audit);
}

}  // namespace

Result<policy::NetworkAudit> audit_of(const std::vector<trace::Trace>& runs,
                                      const std::vector<std::string>& more_exposed) {
  std::vector<policy::Sockets> sockets;
  std::optional<std::vector<policy::ExposedPort>> exposed;
  trace::Trace all;
  for (const auto& run : runs) {
    all.merge(run);
    sockets.push_back(run.sockets);
    if (!run.exposed) continue;
    if (!exposed) exposed.emplace();
    for (const auto& text : *run.exposed) {
      const auto port = policy::parse_exposed(text);
      if (!port)
        return fail(ErrorCode::usage, "the trace names the port \"" + escape_bytes(text) +
                                          "\", which is none (PORT/PROTOCOL)");
      exposed->push_back(*port);
    }
  }
  for (const auto& text : more_exposed) {
    SLIM_TRY(const image::Port port, image::Port::parse(text));
    if (!exposed) exposed.emplace();
    exposed->push_back({port.number, port.protocol});
  }
  return policy::audit_network(sockets, exposed, all.names);
}

Result<PortsOutcome> ports_of_traces(const Options& options) {
  SLIM_TRY(const auto runs, read_traces(options.files, false));
  if (!options.audit.fail_on.empty())  // what a trace with losses does not show proves nothing
    for (size_t i = 0; i < runs.size(); ++i)
      SLIM_CHECK_CONTEXT(accept_trace(options, runs[i], Coverage::part), options.files[i]);
  SLIM_TRY(const auto audit, audit_of(runs, options.expose));
  Options named = options;
  if (named.audit.application.empty()) named.audit.application = application_of(runs.front());
  return present_ports(named, audit);
}

Result<PortsOutcome> present_ports(const Options& options, const policy::NetworkAudit& audit) {
  PortsOutcome outcome;
  SLIM_TRY(outcome.failed, policy::failed_rules(audit, options.audit.fail_on));
  outcome.text = text_of(options, audit);
  return outcome;
}

}  // namespace slim::cli
