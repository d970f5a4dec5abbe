// SPDX-License-Identifier: Apache-2.0
// Compiled Java classes and archives of them, in memory.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <string>
#include <utility>
#include <vector>

namespace slim::keepset::test {

inline std::string big_endian(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
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
  bool deflated = false;
};

inline std::string make_zip(const std::vector<Packed>& members) {
  std::string zip(1 << 20, '\0');
  size_t used = 0;
  archive* const writer = archive_write_new();
  archive_write_set_format_zip(writer);
  archive_write_set_bytes_in_last_block(writer, 1);
  archive_write_open_memory(writer, zip.data(), zip.size(), &used);
  for (const Packed& each : members) {
    if (each.deflated) {
      archive_write_zip_set_compression_deflate(writer);
    } else {
      archive_write_zip_set_compression_store(writer);
    }
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, each.name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, static_cast<la_int64_t>(each.content.size()));
    archive_write_header(writer, entry);
    archive_write_data(writer, each.content.data(), each.content.size());
    archive_entry_free(entry);
  }
  archive_write_free(writer);
  zip.resize(used);
  return zip;
}

}  // namespace slim::keepset::test
