// SPDX-License-Identifier: Apache-2.0
// A program that is linked with fontconfig looks for fonts when it first writes a text into a picture.
// Without its settings it finds none, and many go on with another font or without: what they draw is
// wrong, and nothing fails.
#include <algorithm>

#include "keepset/plugins.hpp"
#include "keepset/rules.hpp"
#include "keepset/text.hpp"

namespace slim::keepset::rules {
namespace {

constexpr std::string_view kLibrary = "libfontconfig.so";
constexpr std::string_view kSettings = "etc/fonts";
constexpr std::string_view kFonts[] = {"usr/share/fonts", "usr/local/share/fonts"};
// Of what the run used. A part of the fonts would be taken for another that is missing.
constexpr uint64_t kShare = 12;

bool is_loaded(const trace::Trace& trace) {
  return std::any_of(trace.files.begin(), trace.files.end(), [](const auto& file) {
    return (file.second.access & trace::kMapped) != 0 && name_of(file.first).starts_with(kLibrary);
  });
}

// Code that the run did not come to has it loaded: Java's classes, R's devices.
bool may_be_loaded(const Marker& marker) {
  const auto& kept = marker.kept_paths();
  return std::any_of(kept.begin(), kept.end(), [](const auto& path) {
    return name_of(path.first).starts_with(kLibrary) &&
           std::any_of(path.second.begin(), path.second.end(), [](const Reason& reason) {
             return origin_of(reason) == Origin::closure;
           });
  });
}

}  // namespace

Result<void> fonts(Marker& marker) {
  if (!is_loaded(marker.trace()) && !may_be_loaded(marker)) return {};
  const Reason reason{"fonts", absolute(kSettings)};
  if (const IndexEntry* settings = marker.index().find(kSettings)) marker.mark_tree(*settings, reason);
  uint64_t bytes = 0;
  for (const std::string_view fonts : kFonts)
    for (const IndexEntry* entry : marker.index().below(fonts))
      if (is_file(*entry) && !marker.kept(*entry)) bytes += entry->size;
  if (bytes > used_bytes(marker) / kShare) return {};
  for (const std::string_view fonts : kFonts)
    if (const IndexEntry* directory = marker.index().find(fonts)) marker.mark_tree(*directory, reason);
  return {};
}

}  // namespace slim::keepset::rules
