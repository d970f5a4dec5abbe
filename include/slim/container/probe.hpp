// SPDX-License-Identifier: Apache-2.0
// Probes: commands of the host in the container's network namespace, and the built-in HTTP crawl.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "slim/container/container.hpp"

namespace slim::container {

// The container that a probe is run beside.
struct ProbePlace {
  std::string id;
  pid_t pid = -1;
  const Fd* network_namespace = nullptr;
};
ProbePlace probe_place(const Container& container);

// Runs argv on the host, inside the container's network namespace, with SLIM_CONTAINER_ID,
// SLIM_CONTAINER_PID and SLIM_PORTS ("8080,9090") in its environment and its output on `output_fd`.
// `not_found` when the command does not exist, `usage` when it cannot be executed. On timeout it
// is killed and the error is `probe`. What it leaves running is killed, too; this process has to be
// the subreaper for it, see become_subreaper().
Result<ExitStatus> run_probe(const ProbePlace& place, const std::vector<std::string>& argv,
                             const std::vector<uint16_t>& ports, int output_fd,
                             const Interrupt& interrupt, Deadline deadline);

struct CrawlResult {
  bool any_http = false;    // some port answered HTTP
  unsigned requests = 0;
  unsigned failures = 0;    // status 5xx or connection broken
  std::map<std::string, long> pages;  // URL -> HTTP status; 0: the connection broke
};
struct CrawlSpec {
  unsigned max_requests = 64;
  // Whether a port whose "/" is answered with 502, 503 or 504 is asked again for some seconds: a proxy
  // listens before what is behind it does (RFC 9110, section 15.6: a temporary condition).
  bool patient = false;
};
// Fetches "/" and then same-origin links of HTML pages, breadth first, from every port, inside the
// container's network namespace (libcurl; http, then https unverified).
Result<CrawlResult> crawl(const Container& container, const std::vector<uint16_t>& ports,
                          const CrawlSpec& spec, const Interrupt& interrupt, Deadline deadline);

// Waits until the start of a container that serves is over, as far as can be told from outside: until its
// processes rest, but not for very long. At once if it ends.
Result<void> wait_until_it_rests(const Container& container, const Interrupt& interrupt,
                                 Deadline deadline);

// When nothing traces the container: waits until every one of `ports` (tcp) is listened on in its
// network namespace, asking sock_diag(7) with increasing intervals. False at the deadline or when
// the container ended.
Result<bool> wait_for_ports(const Container& container, const std::vector<uint16_t>& ports,
                            const Interrupt& interrupt, Deadline deadline);

// Runs the image's HEALTHCHECK once, as Docker would (CMD, or CMD-SHELL with the image's Shell), in
// the container: whether it succeeded within its timeout. `usage` when the image declares none. Its
// output goes to log_path() + ".health".
Result<bool> run_health_check(Container& container, const image::ImageConfig& config,
                              const Interrupt& interrupt);

}  // namespace slim::container
