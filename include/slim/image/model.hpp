// SPDX-License-Identifier: Apache-2.0
// Values of the OCI image specification 1.1 (descriptor.md, manifest.md, config.md), with Docker's
// additions to the config (Healthcheck, Shell, OnBuild).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slim/base/digest.hpp"
#include "slim/base/error.hpp"

namespace slim::image {

struct Descriptor {
  std::string media_type;
  Digest digest;
  uint64_t size = 0;  // bytes of the blob as stored
};

struct Platform {
  std::string os = "linux";
  std::string architecture;  // Go's names: amd64, arm64, ...
  std::string variant;       // may be empty
  static Platform host();
  static Result<Platform> parse(std::string_view text);  // "linux/arm64/v8", "arm64"
  // Other names of an architecture, as uname(2) and some builders write them, become Go's.
  void use_known_names();
  std::string text() const;
};

struct Port {
  uint16_t number = 0;
  std::string protocol = "tcp";  // tcp, udp, sctp
  static Result<Port> parse(std::string_view text);  // "8080/tcp", "53"
  std::string text() const;                          // "8080/tcp"
  friend auto operator<=>(const Port&, const Port&) = default;
};

struct HealthCheck {
  std::vector<std::string> test;  // {"NONE"}, {"CMD", ...} or {"CMD-SHELL", "..."}
  std::chrono::nanoseconds interval{0}, timeout{0}, start_period{0};
  int retries = 0;
  bool runs() const;  // false for NONE, nothing, and forms that Docker does not know
};

// One step of the build (OCI image-spec config.md#properties, history).
struct HistoryStep {
  std::string created_by;  // the command, as the builder wrote it
  std::string comment;
  bool empty_layer = false;  // the step made no layer
};

// The parsed part of the image config; `json` is the document as it was read, so that fields
// slim does not know survive a rebuild.
struct ImageConfig {
  std::string json;
  Platform platform;
  std::string user;
  std::vector<Port> exposed_ports;  // sorted
  std::vector<std::string> env, entrypoint, cmd, volumes, on_build, shell;
  std::string working_dir;
  std::map<std::string, std::string> labels;
  std::string stop_signal;  // "" is SIGTERM
  std::optional<HealthCheck> health_check;
  std::vector<Digest> diff_ids;
  std::vector<HistoryStep> history;  // oldest first; may not fit the layers

  static Result<ImageConfig> parse(std::string json);
};

}  // namespace slim::image
