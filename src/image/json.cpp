// SPDX-License-Identifier: Apache-2.0
#include "image/json.hpp"

#include "slim/base/path.hpp"

namespace slim::image {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 64;

// The library parses without recursion, but writing or comparing a deep document recurses; so depth
// is bounded before anything is built.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return true;
    }
    if (c == '}' || c == ']') --depth;
  }
  return false;
}

}  // namespace

Result<json> parse_json(std::string_view text, const std::string& document) {
  if (text.size() > kMaxDocumentBytes) {
    return fail(ErrorCode::image, document + " is " + std::to_string(text.size()) +
                                      " bytes, more than the " +
                                      std::to_string(kMaxDocumentBytes) + " that are accepted");
  }
  if (too_deep(text)) {
    return fail(ErrorCode::image,
                document + " is nested more than " + std::to_string(kMaxDepth) + " levels deep");
  }
  try {
    return json::parse(text);
  } catch (const json::exception& e) {
    // The library quotes the offending bytes; they are the image's, so they are made printable.
    return fail(ErrorCode::image, document + " is not valid JSON: " + escape_bytes(e.what()));
  }
}

Result<JsonFields> JsonFields::of(const json& value, std::string document, std::string path) {
  if (!value.is_object()) {
    return fail(ErrorCode::image, document + (path.empty() ? "" : ": " + path) +
                                      " is not a JSON object but " + value.type_name());
  }
  return JsonFields(&value, std::move(document), std::move(path));
}

std::string JsonFields::path_of(std::string_view key) const {
  return (path_.empty() ? "" : path_ + ".") + std::string(key);
}

tl::unexpected<Error> JsonFields::wrong(std::string_view key, std::string_view expected) const {
  return fail(ErrorCode::image,
              document_ + ": " + path_of(key) + " is not " + std::string(expected));
}

const json* JsonFields::find(const char* key) const {
  const auto it = value_->find(key);
  return it == value_->end() || it->is_null() ? nullptr : &*it;
}

Result<std::string> JsonFields::string(const char* key) const {
  const json* value = find(key);
  if (!value) return std::string();
  if (!value->is_string()) return wrong(key, "a string");
  return value->get_ref<const std::string&>();
}

Result<int64_t> JsonFields::integer(const char* key) const {
  const json* value = find(key);
  if (!value) return 0;
  if (!value->is_number_integer()) return wrong(key, "an integer");
  if (value->is_number_unsigned() && value->get<uint64_t>() > INT64_MAX) {
    return wrong(key, "a number that fits in 64 bits");
  }
  return value->get<int64_t>();
}

Result<uint64_t> JsonFields::size(const char* key) const {
  const json* value = find(key);
  if (!value || !value->is_number_unsigned()) return wrong(key, "a size in bytes");
  return value->get<uint64_t>();
}

Result<std::vector<std::string>> JsonFields::strings(const char* key) const {
  std::vector<std::string> result;
  const json* value = find(key);
  if (!value) return result;
  if (value->is_string()) {
    result.push_back(value->get<std::string>());
    return result;
  }
  if (!value->is_array()) return wrong(key, "a list of strings");
  for (const json& element : *value) {
    if (!element.is_string()) return wrong(key, "a list of strings");
    result.push_back(element.get<std::string>());
  }
  return result;
}

Result<std::vector<std::string>> JsonFields::keys(const char* key) const {
  std::vector<std::string> result;
  const json* value = find(key);
  if (!value) return result;
  if (!value->is_object()) return wrong(key, "an object");
  for (const auto& [name, ignored] : value->items()) result.push_back(name);
  return result;
}

Result<std::map<std::string, std::string>> JsonFields::string_map(const char* key) const {
  std::map<std::string, std::string> result;
  const json* value = find(key);
  if (!value) return result;
  if (!value->is_object()) return wrong(key, "an object of strings");
  for (const auto& [name, text] : value->items()) {
    if (!text.is_string()) return wrong(key, "an object of strings");
    result.emplace(name, text.get<std::string>());
  }
  return result;
}

Result<std::optional<JsonFields>> JsonFields::object(const char* key) const {
  const json* value = find(key);
  if (!value) return std::optional<JsonFields>();
  if (!value->is_object()) return wrong(key, "an object");
  return std::optional<JsonFields>(JsonFields(value, document_, path_of(key)));
}

Result<std::vector<const json*>> JsonFields::list(const char* key) const {
  std::vector<const json*> result;
  const json* value = find(key);
  if (!value) return result;
  if (!value->is_array()) return wrong(key, "a list");
  for (const json& element : *value) result.push_back(&element);
  return result;
}

}  // namespace slim::image
