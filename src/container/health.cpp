// SPDX-License-Identifier: Apache-2.0
#include "container/health.hpp"

namespace slim::container {

namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr seconds kDefaultTimeout{30};  // Docker's

}  // namespace

Result<std::vector<std::string>> health_command(const image::ImageConfig& config) {
  const auto& check = config.health_check;
  if (!check || !check->runs())
    return fail(ErrorCode::usage, "the image declares no HEALTHCHECK that can be run");
  if (check->test[0] == "CMD")
    return std::vector<std::string>(check->test.begin() + 1, check->test.end());
  std::vector<std::string> line = config.shell;
  if (line.empty()) line = {"/bin/sh", "-c"};
  line.push_back(check->test[1]);
  return line;
}

Result<bool> run_health_check(Container& container, const image::ImageConfig& config,
                              const std::string& output_path, const Interrupt& interrupt,
                              Deadline deadline) {
  SLIM_TRY(const auto command, health_command(config));
  const nanoseconds wanted = config.health_check->timeout;
  Container::ExecOptions options;
  options.deadline = std::chrono::steady_clock::now() +
                     std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                         wanted.count() > 0 ? wanted : nanoseconds(kDefaultTimeout));
  if (deadline) options.deadline = std::min(*options.deadline, *deadline);
  options.output_path = output_path;
  const auto status = container.exec(command, options, interrupt);
  if (!status) {
    // The container may have ended in between: not healthy, which is no failure to ask.
    if (status.error().code() == ErrorCode::container) return false;
    return tl::unexpected<Error>(status.error());
  }
  return *status && (*status)->ok();
}

Result<bool> run_health_check(Container& container, const image::ImageConfig& config,
                              const Interrupt& interrupt) {
  return run_health_check(container, config, container.log_path() + ".health", interrupt,
                          std::nullopt);
}

}  // namespace slim::container
