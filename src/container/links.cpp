// SPDX-License-Identifier: Apache-2.0
#include "container/links.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "slim/base/text.hpp"

namespace slim::container {

namespace {

constexpr size_t kLongestUrl = 4096;

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

std::string part(const Url& url, CURLUPart what, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), what, &text, flags) != CURLUE_OK) return "";
  std::string result(text);
  curl_free(text);
  return result;
}

std::string origin(const Url& url) {
  return part(url, CURLUPART_SCHEME) + "://" + part(url, CURLUPART_HOST) + ":" +
         part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

bool same_letters(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() &&
         std::equal(a.begin(), a.end(), lower.begin(),
                    [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x + 32 : x) == y; });
}

std::string without_entities(std::string_view text) {
  constexpr std::string_view kAmp = "&amp;";
  std::string result;
  while (!text.empty()) {
    const bool amp = text.starts_with(kAmp);
    result += text[0];
    text.remove_prefix(amp ? kAmp.size() : 1);
  }
  return result;
}

// The value after an attribute's name; `rest` starts right behind the name.
std::string_view attribute_value(std::string_view rest) {
  const auto skip_space = [&] {
    while (!rest.empty() && is_space(rest[0])) rest.remove_prefix(1);
  };
  skip_space();
  if (!rest.starts_with('=')) return {};
  rest.remove_prefix(1);
  skip_space();
  if (rest.empty()) return {};
  const char quote = rest[0];
  if (quote == '"' || quote == '\'') {
    const auto end = rest.find(quote, 1);
    return end == std::string_view::npos ? std::string_view() : rest.substr(1, end - 1);
  }
  return rest.substr(0, rest.find_first_of(" \t\n\r\f>\"'"));
}

}  // namespace

std::string same_origin(const std::string& reference, const std::string& base) {
  const Url url(curl_url()), from(curl_url());
  if (!url || !from || reference.size() > kLongestUrl) return "";
  if (curl_url_set(from.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, reference.c_str(), CURLU_URLENCODE) != CURLUE_OK)
    return "";
  curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
  return origin(url) == origin(from) ? part(url, CURLUPART_URL) : "";
}

std::vector<std::string> same_origin_links(std::string_view html, const std::string& base) {
  std::vector<std::string> links;
  for (size_t at = 0; at < html.size(); ++at) {
    // An attribute's name stands after white space or a quote.
    if (at == 0 || !(is_space(html[at - 1]) || html[at - 1] == '"' || html[at - 1] == '\''))
      continue;
    const auto rest = html.substr(at);
    const size_t name = same_letters(rest.substr(0, 4), "href")  ? 4
                        : same_letters(rest.substr(0, 3), "src") ? 3
                                                                 : 0;
    if (name == 0) continue;
    const std::string target = without_entities(attribute_value(rest.substr(name)));
    if (target.empty() || target[0] == '#') continue;
    std::string link = same_origin(target, base);
    if (!link.empty() && !is_one_of(link, links))
      links.push_back(std::move(link));
  }
  return links;
}

}  // namespace slim::container
