// SPDX-License-Identifier: Apache-2.0
// One HTTP request at a time, by libcurl; the caller is in the right network namespace already.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "slim/base/error.hpp"
#include "slim/base/interrupt.hpp"

namespace slim::container {

struct HttpAnswer {
  long status = 0;           // 0: no HTTP answer
  bool timed_out = false;    // connected, perhaps, but nothing came
  std::string error;         // why there was none, or why it broke off
  std::string content_type;
  std::string redirect;      // absolute; empty if none
  std::string body;          // its first 2 MiB
};

class HttpClient {
 public:
  // `longest_handshake`: how long connecting may take, TLS included; 0: as long as the request.
  static Result<HttpClient> create(std::chrono::milliseconds longest_handshake = {});
  HttpClient(HttpClient&&) noexcept;
  ~HttpClient();

  // GET, certificates unverified, redirects reported and not followed. Only an interrupt and a lack
  // of memory are errors.
  Result<HttpAnswer> get(const std::string& url, const Interrupt& interrupt,
                         std::chrono::steady_clock::time_point until);

 private:
  struct State;
  explicit HttpClient(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace slim::container
