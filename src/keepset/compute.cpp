// SPDX-License-Identifier: Apache-2.0
#include "keepset/marker.hpp"
#include "keepset/packages.hpp"
#include "keepset/reach.hpp"
#include "keepset/roots.hpp"
#include "keepset/rules.hpp"

namespace slim::keepset {
namespace {

// Applies the rules until nothing new is kept.
Result<void> close(Marker& marker) {
  for (;;) {
    const IndexEntry* entry = marker.next();
    if (entry == nullptr) {
      for (const ImageRule& rule : image_rules()) {
        SLIM_CHECK_CONTEXT(rule.apply(marker), "applying the rule " + std::string(rule.name));
      }
      entry = marker.next();
      if (entry == nullptr) return {};
    }
    for (const EntryRule& rule : entry_rules()) {
      SLIM_CHECK_CONTEXT(rule.apply(marker, *entry), "applying the rule " + std::string(rule.name) +
                                                         " to " + absolute(entry->path));
    }
  }
}

// What the kernel and the engine use at every start, without a system call of the container: the
// interpreters of what is executed, and the names of users and groups.
Result<void> mark_unseen(Marker& marker) {
  while (const IndexEntry* entry = marker.next()) {
    if (!marker.executed(*entry)) continue;
    SLIM_CHECK(rules::elf_interpreter(marker, *entry));
    SLIM_CHECK(rules::shebang(marker, *entry));
  }
  for (const std::string_view path : {"/etc/passwd", "/etc/group"}) {
    marker.mark_if_there(path, {"identity", ""});
  }
  return {};
}

}  // namespace

Result<KeepSet> compute(const rootfs::Index& index, const std::vector<std::string>& argv0_roots,
                        const trace::Trace& trace, const ReadContent& read,
                        const Options& options) {
  Marker marker(index, trace, read, options);
  mark_roots(marker, argv0_roots);
  SLIM_CHECK(mark_requested(marker));
  if (options.closure == Closure::observed) {
    SLIM_CHECK_CONTEXT(mark_unseen(marker), "marking what is executed");
    marker.minimize();
    return marker.take();
  }
  SLIM_CHECK(close(marker));
  if (options.closure == Closure::package) {
    SLIM_CHECK(mark_touched_packages(marker));
    SLIM_CHECK(close(marker));
  }
  SLIM_TRY(auto reachable, reachable_calls(marker));
  marker.note_reachable(std::move(reachable));
  marker.minimize();  // before the databases say what is left
  if (options.package_database) {
    SLIM_CHECK_CONTEXT(cut_package_databases(marker), "cutting the package database");
  }
  return marker.take();
}

Result<void> check_requests(const rootfs::Index& index, const ReadContent& read,
                            const Options& options) {
  const trace::Trace nothing;
  Marker marker(index, nothing, read, options);
  return mark_requested(marker);
}

}  // namespace slim::keepset
