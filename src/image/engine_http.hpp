// SPDX-License-Identifier: Apache-2.0
// HTTP over a Docker engine's unix socket (Docker Engine API; libcurl). Every wait ends at once
// when the interrupt fires.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "slim/base/error.hpp"
#include "slim/base/interrupt.hpp"

namespace slim::image {

struct HttpReply {
  long status = 0;
  std::string body;
  bool ok() const { return status >= 200 && status < 300; }
  // The engine's own words: the "message" of its JSON, or the body itself.
  std::string message() const;
};

// The socket of the engine in use: $DOCKER_HOST if it is set, else /var/run/docker.sock, or a
// rootless engine's when that one is not there. `unsupported` when DOCKER_HOST names something that
// is not a unix socket.
Result<std::string> engine_socket();

class EngineHttp {
 public:
  // Connects once to tell apart that nobody listens (`unsupported`), that we may not (`permission`)
  // and that it works, then agrees on a version of the API.
  static Result<EngineHttp> connect(const std::string& socket, const Interrupt& interrupt);

  // `path` begins with a slash and has no version: "/images/json".
  Result<HttpReply> get(const std::string& path) const;
  Result<HttpReply> post(const std::string& path) const;

  // Gives a 2xx body to `sink` piece by piece and returns it empty; another body is in the reply.
  using Sink = std::function<Result<void>(std::span<const std::byte>)>;
  Result<HttpReply> download(const std::string& path, const Sink& sink) const;

  // Fills the span and says how much; 0 ends the body, of `size` bytes in all.
  using Producer = std::function<Result<size_t>(std::span<std::byte>)>;
  Result<HttpReply> upload(const std::string& path, const std::string& content_type, uint64_t size,
                           const Producer& producer) const;

  const std::string& socket() const { return socket_; }
  const std::string& api_version() const { return api_version_; }

 private:
  struct Transfer;
  EngineHttp(std::string socket, const Interrupt& interrupt)
      : socket_(std::move(socket)), interrupt_(&interrupt) {}
  Result<HttpReply> perform(const char* method, const std::string& path, Transfer& transfer) const;

  std::string socket_;
  std::string api_version_;  // "" until agreed
  const Interrupt* interrupt_;
};

// A name or digest as part of a URL's path: '/', ':' and '@' stay, what is not allowed is escaped.
std::string url_path(std::string_view text);
// As a query value.
std::string url_value(std::string_view text);

}  // namespace slim::image
