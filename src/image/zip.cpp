// SPDX-License-Identifier: Apache-2.0
#include "slim/image/zip.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <string>

namespace slim::image {
namespace {

struct Close {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

// Not by archive_entry_pathname() alone, which has no name for what the locale cannot write.
std::string_view name_in(archive_entry* entry) {
  const char* name = archive_entry_pathname_utf8(entry);
  if (name == nullptr) name = archive_entry_pathname(entry);
  return name == nullptr ? std::string_view() : name;
}

}  // namespace

void for_each_in_zip(std::string_view zip, uint64_t& budget,
                     const std::function<bool(std::string_view name)>& is_wanted,
                     const std::function<void(const ZipMember&)>& read) {
  const std::unique_ptr<archive, Close> reader(archive_read_new());
  if (!reader || archive_read_support_format_zip_seekable(reader.get()) != ARCHIVE_OK ||
      archive_read_open_memory(reader.get(), zip.data(), zip.size()) != ARCHIVE_OK)
    return;
  archive_entry* entry = nullptr;
  for (int result; (result = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK ||
                   result == ARCHIVE_WARN;) {
    const std::string name(name_in(entry));
    if (!is_wanted(name)) continue;
    const auto size = static_cast<uint64_t>(archive_entry_size(entry));
    if (size > budget) return;
    budget -= size;
    std::string content(size + 1, '\0');  // the sum is looked at only by who reads beyond the end
    const auto got = archive_read_data(reader.get(), content.data(), content.size());
    content.resize(size);
    if (got >= 0 && static_cast<uint64_t>(got) == size) read({name, content});
  }
}

}  // namespace slim::image
