// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <string_view>
#include <vector>

#include "slim/base/path.hpp"

namespace slim {

namespace {

// One element of a compiled pattern.
struct Element {
  enum class Kind { byte, any_byte, any_run, any_path, set } kind;
  unsigned char byte = 0;
  std::string_view set;  // what stands between [ and ]
};

bool set_contains(std::string_view set, unsigned char byte) {
  bool negated = false;
  if (!set.empty() && (set[0] == '!' || set[0] == '^')) {
    negated = true;
    set.remove_prefix(1);
  }
  bool in = false;
  for (size_t i = 0; i < set.size(); ++i) {
    const auto low = static_cast<unsigned char>(set[i]);
    if (i + 2 < set.size() && set[i + 1] == '-') {
      in = in || (byte >= low && byte <= static_cast<unsigned char>(set[i + 2]));
      i += 2;
    } else {
      in = in || byte == low;
    }
  }
  return in != negated && byte != '/';
}

std::vector<Element> compile(std::string_view pattern) {
  std::vector<Element> elements;
  using Kind = Element::Kind;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '*') {
      const bool crosses = i + 1 < pattern.size() && pattern[i + 1] == '*';
      if (crosses) ++i;
      elements.push_back({crosses ? Kind::any_path : Kind::any_run, 0, {}});
      // "**/" also stands for no directory at all.
      if (crosses && i + 1 < pattern.size() && pattern[i + 1] == '/' &&
          (i < 2 || pattern[i - 2] == '/'))
        ++i;
    } else if (c == '?') {
      elements.push_back({Kind::any_byte, 0, {}});
    } else if (c == '[') {
      auto end = pattern.find(']', i + 2);
      if (end == std::string_view::npos) {
        elements.push_back({Kind::byte, '[', {}});
      } else {
        elements.push_back({Kind::set, 0, pattern.substr(i + 1, end - i - 1)});
        i = end;
      }
    } else {
      if (c == '\\' && i + 1 < pattern.size()) ++i;
      elements.push_back({Kind::byte, static_cast<unsigned char>(pattern[i]), {}});
    }
  }
  return elements;
}

bool one(const Element& element, unsigned char byte) {
  switch (element.kind) {
    case Element::Kind::byte: return element.byte == byte;
    case Element::Kind::set: return set_contains(element.set, byte);
    default: return byte != '/';
  }
}

// Sets of reachable positions, so that no pattern takes more than |pattern| x |path| steps.
bool match(const std::vector<Element>& elements, std::string_view path) {
  using Kind = Element::Kind;
  std::vector<char> now(elements.size() + 1, 0), next;
  const auto reach = [&](std::vector<char>& states, size_t position) {
    for (; position <= elements.size(); ++position) {
      states[position] = 1;
      if (position == elements.size() || (elements[position].kind != Kind::any_run &&
                                          elements[position].kind != Kind::any_path))
        return;
    }
  };
  reach(now, 0);
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    next.assign(elements.size() + 1, 0);
    for (size_t i = 0; i < elements.size(); ++i) {
      if (!now[i]) continue;
      const Kind kind = elements[i].kind;
      if (kind == Kind::any_path || (kind == Kind::any_run && byte != '/')) reach(next, i);
      else if (kind != Kind::any_run && one(elements[i], byte)) reach(next, i + 1);
    }
    now.swap(next);
  }
  return now[elements.size()] != 0;
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view path) {
  const bool anchored = pattern.starts_with('/');
  if (anchored) pattern.remove_prefix(1);
  while (path.starts_with('/')) path.remove_prefix(1);
  const auto elements = compile(pattern);
  if (match(elements, path)) return true;
  if (anchored) return false;
  for (size_t i = 0; i + 1 < path.size(); ++i)
    if (path[i] == '/' && match(elements, path.substr(i + 1))) return true;
  return false;
}

}  // namespace slim
