// SPDX-License-Identifier: Apache-2.0
#include "inspect/tokens.hpp"

#include <algorithm>
#include <bitset>
#include <cctype>
#include <cstring>

namespace slim::inspect {

namespace {

// No token is longer, and no private key; bounds that keep hostile files from costing much.
constexpr size_t kAny = 512, kLongestKey = 16 << 10;

enum class Alphabet { upper_digits, alphanumeric, word, word_dash };

// As documented by the providers, and as GitHub's secret scanning takes them.
struct Shape {
  const char* rule;
  const char* what;
  std::string_view prefix;
  Alphabet alphabet;
  size_t least, most;  // characters after the prefix
};
constexpr Shape kShapes[] = {
    {"aws-access-key-id", "an AWS access key ID", "AKIA", Alphabet::upper_digits, 16, 16},
    {"aws-access-key-id", "an AWS access key ID", "ASIA", Alphabet::upper_digits, 16, 16},
    {"github-token", "a GitHub token", "ghp_", Alphabet::alphanumeric, 36, 36},
    {"github-token", "a GitHub token", "gho_", Alphabet::alphanumeric, 36, 36},
    {"github-token", "a GitHub token", "ghu_", Alphabet::alphanumeric, 36, 36},
    {"github-token", "a GitHub token", "ghs_", Alphabet::alphanumeric, 36, 36},
    {"github-token", "a GitHub token", "ghr_", Alphabet::alphanumeric, 36, 36},
    {"github-token", "a GitHub token", "github_pat_", Alphabet::word, 60, kAny},
    {"gitlab-token", "a GitLab token", "glpat-", Alphabet::word_dash, 20, kAny},
    {"slack-token", "a Slack token", "xoxb-", Alphabet::word_dash, 24, kAny},
    {"slack-token", "a Slack token", "xoxp-", Alphabet::word_dash, 24, kAny},
    {"google-api-key", "a Google API key", "AIza", Alphabet::word_dash, 35, 35},
    {"stripe-key", "a Stripe live key", "sk_live_", Alphabet::alphanumeric, 24, kAny},
    {"stripe-key", "a Stripe live key", "rk_live_", Alphabet::alphanumeric, 24, kAny},
    {"npm-token", "an npm token", "npm_", Alphabet::alphanumeric, 36, 36},
    {"pypi-token", "a PyPI token", "pypi-AgEIcHlwaS5vcmc", Alphabet::word_dash, 50, kAny},
    {"docker-token", "a Docker Hub token", "dckr_pat_", Alphabet::word_dash, 27, kAny},
};

// memmem(3) is several times as fast as std::string_view::find.
size_t find_from(std::string_view text, std::string_view what, size_t from) {
  if (from >= text.size()) return std::string_view::npos;
  const void* at = ::memmem(text.data() + from, text.size() - from, what.data(), what.size());
  return at == nullptr ? std::string_view::npos
                       : static_cast<size_t>(static_cast<const char*>(at) - text.data());
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool belongs(char c, Alphabet alphabet) {
  const auto byte = static_cast<unsigned char>(c);
  switch (alphabet) {
    case Alphabet::upper_digits: return std::isupper(byte) != 0 || std::isdigit(byte) != 0;
    case Alphabet::alphanumeric: return std::isalnum(byte) != 0;
    case Alphabet::word: return is_word(c);
    case Alphabet::word_dash: return is_word(c) || c == '-';
  }
  return false;
}

// Placeholders in documentation: "xxxxxxxx", AWS's "...EXAMPLE".
bool is_placeholder(std::string_view body) {
  std::bitset<256> seen;
  for (const char c : body) seen.set(static_cast<unsigned char>(c));
  return seen.count() < 8 || body.ends_with("EXAMPLE");
}

void match_shape(std::string_view text, const Shape& shape, std::vector<TokenMatch>& found) {
  for (size_t at = find_from(text, shape.prefix, 0); at != std::string_view::npos;
       at = find_from(text, shape.prefix, at + 1)) {
    if (at > 0 && is_word(text[at - 1])) continue;
    const size_t begin = at + shape.prefix.size();
    size_t end = begin;
    while (end < text.size() && end - begin < kAny && belongs(text[end], shape.alphabet)) ++end;
    const size_t length = end - begin;
    if (length < shape.least || length > shape.most) continue;
    if (end < text.size() && is_word(text[end])) continue;
    if (is_placeholder(text.substr(begin, length))) continue;
    found.push_back({shape.rule, shape.what, at, end, shape.prefix.size()});
  }
}

// RFC 7468 and OpenSSH's PROTOCOL.key: the line, base64 of some length, and its end. A line break
// may be written as "\n" (JSON). Programs that merely know the line have no base64 after it.
void match_private_keys(std::string_view text, std::vector<TokenMatch>& found) {
  constexpr std::string_view kBegin = "-----BEGIN ", kKind = "PRIVATE KEY", kDashes = "-----";
  for (size_t at = find_from(text, kBegin, 0); at != std::string_view::npos;
       at = find_from(text, kBegin, at + 1)) {
    const size_t label = at + kBegin.size();
    const size_t label_length = text.substr(label, 60).find(kDashes);
    if (label_length == std::string_view::npos) continue;
    if (text.substr(label, label_length).find(kKind) == std::string_view::npos) continue;
    const size_t body = label + label_length + kDashes.size();
    const size_t length = text.substr(body, kLongestKey).find(kDashes);
    const size_t end = length == std::string_view::npos ? std::min(text.size(), body + kLongestKey)
                                                        : body + length;
    size_t base64 = 0, run = 0, longest = 0;
    for (const char c : text.substr(body, end - body)) {
      const bool digit =
          std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/' || c == '=';
      base64 += digit ? 1 : 0;
      run = digit ? run + 1 : 0;
      longest = std::max(longest, run);
    }
    if (base64 < 80 || longest < 40) continue;
    if (is_placeholder(text.substr(body, end - body))) continue;
    found.push_back({"private-key", "a private key", at, end, body - at});
    at = end - 1;
  }
}

}  // namespace

std::vector<TokenMatch> match_tokens(std::string_view text) {
  std::vector<TokenMatch> found;
  for (const Shape& shape : kShapes) match_shape(text, shape, found);
  match_private_keys(text, found);
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.begin < b.begin; });
  size_t end = 0;
  std::erase_if(found, [&](const TokenMatch& match) {
    if (match.begin < end) return true;
    end = match.end;
    return false;
  });
  return found;
}

}  // namespace slim::inspect
