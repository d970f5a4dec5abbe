// SPDX-License-Identifier: Apache-2.0
// Secrets by their well-known shapes. What is found is named and never shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slim/inspect/layers.hpp"

namespace slim::inspect {

struct SecretShape {
  std::string rule;  // "private-key", "aws-access-key-id", ...
  std::string what;  // "a private key"
  friend bool operator==(const SecretShape&, const SecretShape&) = default;
};

// Beyond this many bytes a file is not looked into, nor is a file that holds a NUL byte.
constexpr uint64_t kSecretSearchBytes = 1u << 20;

// What a file's content is, given its path without leading slash. Pure.
std::vector<SecretShape> secrets_in(std::string_view path, std::string_view content);
// What a file must be for its name and whatever it holds (key stores), if anything.
std::optional<SecretShape> secret_by_name(std::string_view path);
// Tokens of providers (AWS, GitHub, npm, ...) and private keys anywhere in a text.
std::vector<SecretShape> tokens_in(std::string_view text);
// NAME=VALUE gives a password or the like, by NAME, to the letter (no reference, no empty value).
bool is_secret_variable(std::string_view name, std::string_view value);
bool is_secret_name(std::string_view name);

// The text with what any of the above would find, and passwords in URLs, as "***".
std::string redact(std::string_view text);

// A secret in a layer, be it that a later layer hides it: who has the image has all its layers.
struct FoundSecret {
  SecretShape shape;
  std::string path;
  uint32_t layer = 0;
  std::optional<uint32_t> hidden_by;  // the layer that deletes or replaces it
};
// Looks into every regular file of every layer. Errors: of opening and reading; `interrupted`.
Result<std::vector<FoundSecret>> find_secrets(const Subject& subject, const LayerStory& story);

// Those in the config: variables, and what the history keeps (build arguments, tokens in commands).
struct ConfigSecret {
  SecretShape shape;
  std::string where;  // "Env DB_PASSWORD", "history step 3"
};
std::vector<ConfigSecret> config_secrets(const image::ImageConfig& config);

}  // namespace slim::inspect
