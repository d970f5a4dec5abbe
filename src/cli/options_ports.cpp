// SPDX-License-Identifier: Apache-2.0
// ports: of an image, which is run like in `slim trace`, or of recorded traces.
#include <sys/stat.h>

#include <fstream>

#include "cli/program.hpp"
#include "slim/policy/network.hpp"

namespace slim::cli {

namespace {

std::string rule_names() {
  std::string names;
  for (const auto& rule : policy::network_rules())
    names += (names.empty() ? "" : ", ") + std::string(rule.id);
  return names;
}

void add_audit_options(CLI::App& app, Options& o) {
  const std::string group = "Audit";
  std::vector<CLI::Option*> all{
      app.add_option("--format", o.audit.format,
                     "table, json (ports, connections, local sockets, findings), k8s "
                     "(NetworkPolicy), nft, docker (-p flags) or sarif")
          ->check(CLI::IsMember({"table", "json", "k8s", "nft", "docker", "sarif"})),
      each(app, "--fail-on", o.audit.fail_on, "End with status 8 if there are findings of: " +
                                            rule_names() + " (comma-separated)")
          ->delimiter(','),
      each(app, "--expose", o.expose, "Judge as if EXPOSE declared this, too: PORT[/PROTOCOL]"),
      app.add_option("--name", o.audit.application, "Of the application, for k8s and nft (the image's)"),
  };
  for (auto* option : all) option->group(group);
}

}  // namespace

void add_ports_command(Program& program, bool of_traces) {
  const std::string text = "Audit what an image, or recorded traces, listen on and connect to";
  if (!of_traces) {
    auto* ports = image_command(program, "ports", Command::ports, text);
    ports->add_option("-o,--output", program.options.output, "Output directory (slim-out/NAME)");
    ports->footer("slim ports [OPTIONS] IMAGE [COMMAND [ARG...]] [-- PROBE [ARG...]]: run the image "
                  "as `slim trace` does.\nslim ports [OPTIONS] TRACE...: look at trace.json files; "
                  "without --format this prints what ports.json holds.\n\n" +
                  program.app.get_footer());
    add_audit_options(*ports, program.options);
    return;
  }
  auto* ports = program.simple_command("ports", Command::ports, text);
  ports->add_option("TRACE", program.options.files, "trace.json files, one a run")->required();
  allow_incomplete(*ports, program.options)
      ->description("Judge a trace that has losses (exit 6 otherwise)");
  add_audit_options(*ports, program.options);
}

// A JSON document is a trace; images are archives, directories or names.
bool names_trace(const std::string& word) {
  if (word.ends_with(".json")) return true;
  struct stat status {};
  if (::stat(word.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  std::ifstream file(word);
  char first = 0;
  return file >> first && first == '{';
}

}  // namespace slim::cli
