// SPDX-License-Identifier: Apache-2.0
// Content digests as in the OCI image specification, descriptor.md#digests.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "slim/base/error.hpp"

namespace slim {

// "sha256:<64 hex digits>". An empty hex means "no digest".
struct Digest {
  std::string algorithm = "sha256";
  std::string hex;

  // Only sha256 and sha512 with the right number of lower-case hex digits are accepted, so a
  // Digest may be used as a file name.
  static Result<Digest> parse(std::string_view text);
  static Digest of(std::string_view bytes);  // sha256
  bool empty() const { return hex.empty(); }
  std::string text() const { return algorithm + ":" + hex; }
  friend auto operator<=>(const Digest&, const Digest&) = default;
};

// Streaming computation.
class Digester {
 public:
  explicit Digester(std::string_view algorithm = "sha256");  // or "sha512"
  Digester(Digester&&) noexcept;
  Digester& operator=(Digester&&) noexcept;
  ~Digester();
  void update(std::span<const std::byte> bytes);
  void update(std::string_view bytes);
  Digest finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace slim
