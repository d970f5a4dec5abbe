// SPDX-License-Identifier: Apache-2.0
// JSON from images, which is hostile until proven otherwise: everything here returns errors (code
// `image`) that name the document and the field, and nothing throws.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slim/base/error.hpp"

namespace slim::image {

// Manifests, indexes and configs beyond this are refused unread. Registries cap manifests at 4 MiB.
constexpr uint64_t kMaxDocumentBytes = 8u << 20;

// Parses a document of at most kMaxDocumentBytes and a sane nesting depth.
Result<nlohmann::json> parse_json(std::string_view text, const std::string& document);

// Reads typed fields of one object. Go writes absent values as null, so null is absent everywhere.
class JsonFields {
 public:
  // `path` is where the object stands in the document: "" or "config".
  static Result<JsonFields> of(const nlohmann::json& value, std::string document, std::string path);

  const nlohmann::json* find(const char* key) const;  // nullptr when absent or null
  Result<std::string> string(const char* key) const;  // "" when absent
  Result<int64_t> integer(const char* key) const;     // 0 when absent
  Result<uint64_t> size(const char* key) const;       // not negative; an error when absent
  // A list of strings; a lone string counts as a list of one, as in Docker.
  Result<std::vector<std::string>> strings(const char* key) const;
  // The keys of an object used as a set ({"80/tcp": {}}).
  Result<std::vector<std::string>> keys(const char* key) const;
  Result<std::map<std::string, std::string>> string_map(const char* key) const;
  Result<std::optional<JsonFields>> object(const char* key) const;
  // The elements of a list; empty when absent.
  Result<std::vector<const nlohmann::json*>> list(const char* key) const;

  std::string path_of(std::string_view key) const;
  const std::string& document() const { return document_; }
  tl::unexpected<Error> wrong(std::string_view key, std::string_view expected) const;

 private:
  JsonFields(const nlohmann::json* value, std::string document, std::string path)
      : value_(value), document_(std::move(document)), path_(std::move(path)) {}
  const nlohmann::json* value_;
  std::string document_;
  std::string path_;
};

}  // namespace slim::image
