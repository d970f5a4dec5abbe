// SPDX-License-Identifier: Apache-2.0
// Traces one command in the harness and prints the trace, or with --time what tracing costs.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "harness.hpp"

using namespace slim;
using namespace slim::trace;

namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int compare_times(TracerChoice choice, const std::vector<std::string>& argv, unsigned rounds,
                  test::HarnessOptions options) {
  options.quiet = true;
  std::vector<double> plain, traced;
  for (unsigned i = 0; i < rounds; ++i) {
    const auto without = test::run_untraced(argv, options);
    const auto with = test::run_traced(choice, argv, options);
    if (!without || !with) {
      std::cerr << (without ? with.error() : without.error()).text() << '\n';
      return 1;
    }
    plain.push_back(*without);
    traced.push_back(with->seconds);
  }
  std::printf("untraced %.1f ms, traced %.1f ms, %.2fx\n", median(plain) * 1e3,
              median(traced) * 1e3, median(traced) / median(plain));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Traces a command"};
  std::string tracer = "auto";
  unsigned rounds = 0;
  test::HarnessOptions options;
  app.add_option("--tracer", tracer)->check(CLI::IsMember({"auto", "ebpf", "ptrace", "none"}));
  app.add_option("--time", rounds, "compare with untraced, so many times");
  app.add_option("--workdir", options.working_directory);
  app.add_option("--root", options.root);
  app.prefix_command();
  CLI11_PARSE(app, argc, argv);
  const auto command = app.remaining();
  if (command.empty()) {
    std::cerr << "usage: trace_tool [OPTIONS] COMMAND [ARG...]\n";
    return 2;
  }
  options.time_limit = std::chrono::seconds(600);
  const auto choice = tracer == "ebpf"     ? TracerChoice::ebpf
                      : tracer == "ptrace" ? TracerChoice::ptrace
                                           : TracerChoice::automatic;
  if (rounds > 0) return compare_times(choice, command, rounds, options);
  if (tracer == "none") return test::run_untraced(command, options) ? 0 : 1;
  const auto result = test::run_traced(choice, command, options);
  if (!result) {
    std::cerr << result.error().text() << '\n';
    return 1;
  }
  std::cout << to_json(result->trace);
  return 0;
}
