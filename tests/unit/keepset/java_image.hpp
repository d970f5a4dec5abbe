// SPDX-License-Identifier: Apache-2.0
// Compiled Java classes and archives of them, in memory.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace slim::keepset::test {

inline std::string big_endian(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

inline std::string little_endian(uint64_t value, size_t size) {
  std::string bytes;
  for (; bytes.size() < size; value >>= 8) bytes += static_cast<char>(value & 0xff);
  return bytes;
}

struct ClassParts {
  std::string name;
  std::vector<std::string> classes = {}, members = {}, constants = {};
};

inline std::string make_class(const ClassParts& parts) {
  std::string pool;
  unsigned count = 1;
  const auto text = [&](const std::string& value) {
    pool += '\1' + big_endian(static_cast<unsigned>(value.size())) + value;
    return count++;
  };
  const auto refer = [&](char tag, const std::string& value) {
    const unsigned index = text(value);
    pool += tag + big_endian(index);
    return count++;
  };
  pool += '\5' + std::string(8, 'x');  // a long, which counts twice
  count += 2;
  const unsigned self = refer(7, parts.name);
  for (const std::string& each : parts.classes) refer(7, each);
  for (const std::string& each : parts.constants) refer(8, each);
  for (const std::string& each : parts.members) {
    const unsigned index = text(each);
    pool += '\14' + big_endian(index) + big_endian(index);
    ++count;
  }
  return std::string("\xca\xfe\xba\xbe\0\0\0\x3d", 8) + big_endian(count) + pool + big_endian(0x21) +
         big_endian(self);
}

struct Packed {
  std::string name, content;
  unsigned method = 0;
  size_t size = 0;  // unpacked; 0: as it is
};

inline std::string make_zip(const std::vector<Packed>& members) {
  std::string zip, directory;
  for (const Packed& each : members) {
    const std::string sizes = little_endian(each.content.size(), 4) +
                              little_endian(each.size == 0 ? each.content.size() : each.size, 4) +
                              little_endian(each.name.size(), 2);
    const std::string common = std::string(4, '\0') + little_endian(each.method, 2) + std::string(8, '\0');
    directory += "PK\1\2" + std::string(2, '\0') + common + sizes + std::string(12, '\0') +
                 little_endian(zip.size(), 4) + each.name;
    zip += "PK\3\4" + common + sizes + std::string(2, '\0') + each.name + each.content;
  }
  return zip + directory + "PK\5\6" + std::string(8, '\0') + little_endian(directory.size(), 4) +
         little_endian(zip.size(), 4) + std::string(2, '\0');
}

}  // namespace slim::keepset::test
