// SPDX-License-Identifier: Apache-2.0
// The Java Virtual Machine Specification, chapter 4.
#include "keepset/java_class.hpp"

#include <cstdint>
#include <vector>

namespace slim::keepset {
namespace {

constexpr std::string_view kMagic("\xca\xfe\xba\xbe");
enum Tag : unsigned { kUtf8 = 1, kLong = 5, kDouble = 6, kClass = 7, kString = 8, kNameAndType = 12 };

unsigned number(std::string_view bytes, size_t at) {
  return static_cast<unsigned char>(bytes[at]) << 8 | static_cast<unsigned char>(bytes[at + 1]);
}

// How many bytes a constant has after its tag, a text without itself; 0 for an unknown tag.
size_t size_of(unsigned tag) {
  constexpr uint8_t kSizes[] = {0, 2, 0, 4, 4, 8, 8, 2, 2, 4, 4, 4, 4, 0, 0, 3, 2, 4, 4, 2, 2};
  return tag < sizeof kSizes ? kSizes[tag] : 0;
}

struct Constant {
  unsigned tag = 0;
  unsigned first = 0;  // the number of another
  std::string_view text;
};

}  // namespace

std::optional<JavaClass> java_class_of(std::string_view bytes) {
  if (bytes.size() < 10 || !bytes.starts_with(kMagic)) return std::nullopt;
  std::vector<Constant> pool(number(bytes, 8));
  size_t at = 10;
  for (size_t i = 1; i < pool.size(); ++i) {
    if (bytes.size() - at < 3) return std::nullopt;
    Constant& constant = pool[i];
    constant.tag = static_cast<unsigned char>(bytes[at++]);
    constant.first = number(bytes, at);
    const size_t size = size_of(constant.tag) + (constant.tag == kUtf8 ? constant.first : 0);
    if (size == 0 || bytes.size() - at < size) return std::nullopt;
    if (constant.tag == kUtf8) constant.text = bytes.substr(at + 2, constant.first);
    at += size;
    if (constant.tag == kLong || constant.tag == kDouble) ++i;  // these count twice
  }
  if (bytes.size() - at < 4) return std::nullopt;
  const auto text = [&](unsigned index) {
    return index < pool.size() ? pool[index].text : std::string_view();
  };
  JavaClass found;
  const unsigned self = number(bytes, at + 2);
  if (self < pool.size()) found.name = text(pool[self].first);
  for (const Constant& constant : pool) {
    if (constant.tag == kClass) found.classes.insert(text(constant.first));
    if (constant.tag == kString) found.constants.insert(text(constant.first));
    if (constant.tag == kNameAndType) found.members.insert(text(constant.first));
  }
  return found;
}

}  // namespace slim::keepset
