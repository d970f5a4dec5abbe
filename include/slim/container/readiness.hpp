// SPDX-License-Identifier: Apache-2.0
// When to start the probe.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "slim/container/container.hpp"

namespace slim::container {

// --ready auto|port:N|http:URL|log:REGEX|healthcheck|delay:SECONDS|exit
struct ReadySpec {
  enum class Kind { automatic, port, http, log, healthcheck, delay, exit };
  Kind kind = Kind::automatic;
  uint16_t port = 0;
  std::string text;  // URL or regular expression (ECMAScript)
  std::chrono::milliseconds delay{0};
  static Result<ReadySpec> parse(std::string_view text);
};

// TCP ports on which something in the container listens, as somebody (a tracer, sock_diag) sees
// them. An AF_UNIX socket that listens is news, too. Safe to use from two threads.
class ListenFeed {
 public:
  virtual ~ListenFeed() = default;
  virtual int fd() const = 0;                        // readable when there may be news
  virtual std::vector<uint16_t> ports() = 0;         // all so far, sorted; resets fd
};

// A feed for a container that nothing traces: sock_diag(7) in its network namespace, asked in
// intervals of 1 ms growing to 50 ms. Ports that are bound for UDP below the ephemeral range count
// too; those in use when the feed is made do not, so make it before Container::start().
Result<std::unique_ptr<ListenFeed>> poll_listening_ports(const Container& container);

// A port of a network namespace: TCP that listens, UDP that is bound and not connected.
struct OpenPort {
  uint16_t number = 0;
  bool tcp = true;
  friend auto operator<=>(const OpenPort&, const OpenPort&) = default;
};
// Those that are open now, IPv4 and IPv6, as sock_diag(7) has them. Sorted, each once.
Result<std::vector<OpenPort>> open_ports(const Fd& network_namespace);

// "listened on port 80, 443" or "never listened on a port".
std::string listened_on(const std::vector<uint16_t>& ports);

// Connections that the network namespace of a process has refused or reset: tcpOutRsts of RFC 4022. 0
// where it is this process's own namespace, whose connections are everybody's, or if there is no such
// process any more.
uint64_t resets_sent(pid_t pid);

struct Ready {
  enum class How { listening, answered, logged, healthy, delayed, ended };
  How how = How::listening;
  std::vector<uint16_t> ports;  // listened on so far
};

// For whom waits for long: what was seen of a container that is not ready at `at`, told once. Not for
// `delay` and `exit`, which are meant to take their time.
struct LongWait {
  Deadline at;
  std::function<void(const std::string& seen)> tell;
};

// `automatic` is ready when the container listens: on one of the exposed TCP ports if the image
// declares any, on any otherwise; a port that is listened on but not exposed counts once an exposed
// one has not come for a while; so does an AF_UNIX socket if the image declares no port and none has
// come. It is also ready ("ended") when the container ends by itself.
// A container that ends before it is ready in any other mode is a `container` error with its exit
// status; the deadline is a `not_ready` error that says what was seen (ports, log lines, exit).
Result<Ready> wait_until_ready(Container& container, const image::ImageConfig& config,
                               const ReadySpec& spec, ListenFeed& feed, const Interrupt& interrupt,
                               Deadline deadline, LongWait long_wait = {});

}  // namespace slim::container
