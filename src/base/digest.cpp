// SPDX-License-Identifier: Apache-2.0
#include "slim/base/digest.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace slim {

namespace {

size_t hex_length(std::string_view algorithm) {
  if (algorithm == "sha256") return 64;
  if (algorithm == "sha512") return 128;
  return 0;
}

bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

Result<Digest> Digest::parse(std::string_view text) {
  const auto colon = text.find(':');
  const auto bad = [&](std::string_view why) {
    return fail(ErrorCode::image, "invalid digest \"" + std::string(text.substr(0, 200)) +
                                      "\": " + std::string(why));
  };
  if (colon == std::string_view::npos) return bad("no algorithm, e.g. sha256:...");
  const auto algorithm = text.substr(0, colon);
  const auto hex = text.substr(colon + 1);
  const size_t length = hex_length(algorithm);
  if (length == 0) return bad("only sha256 and sha512 are supported");
  if (hex.size() != length || !std::all_of(hex.begin(), hex.end(), is_lower_hex))
    return bad("not " + std::to_string(length) + " lower-case hex digits");
  return Digest{std::string(algorithm), std::string(hex)};
}

Digest Digest::of(std::string_view bytes) {
  Digester digester;
  digester.update(bytes);
  return digester.finish();
}

struct Digester::State {
  std::string algorithm;
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Digester::Digester(std::string_view algorithm) : state_(std::make_unique<State>()) {
  state_->algorithm = algorithm;
  EVP_DigestInit_ex(state_->context, algorithm == "sha512" ? EVP_sha512() : EVP_sha256(), nullptr);
}
Digester::Digester(Digester&&) noexcept = default;
Digester& Digester::operator=(Digester&&) noexcept = default;
Digester::~Digester() = default;

void Digester::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

void Digester::update(std::string_view bytes) {
  update(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

Digest Digester::finish() {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_DigestFinal_ex(state_->context, raw, &length);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += kDigits[raw[i] >> 4];
    hex += kDigits[raw[i] & 15];
  }
  return Digest{state_->algorithm, hex};
}

}  // namespace slim
