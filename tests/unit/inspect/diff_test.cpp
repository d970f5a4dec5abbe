// SPDX-License-Identifier: Apache-2.0
#include "slim/inspect/diff.hpp"

#include <catch2/catch.hpp>

#include "memory_side.hpp"

using namespace slim;
using namespace slim::inspect;
using image::EntryType;
using test::MemorySide;

namespace {

// "+path", "-path", "~path mode content".
std::vector<std::string> differences(MemorySide& a, MemorySide& b, DiffOptions options = {},
                                     DiffSummary* summary = nullptr) {
  std::vector<std::string> lines;
  const auto result = diff_files(a.side(), b.side(), options, nullptr, [&](const FileChange& change) {
    std::string line = change.kind == ChangeKind::added     ? "+" + change.after->path
                       : change.kind == ChangeKind::removed ? "-" + change.before->path
                                                            : "~" + change.after->path;
    for (const Aspect aspect : change.differs) line += " " + std::string(name(aspect));
    lines.push_back(line);
    return Result<void>();
  });
  REQUIRE(result);
  if (summary != nullptr) *summary = *result;
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("paths that come and go are told in order, with their bytes") {
  MemorySide a, b;
  b.layers = {Digest::of("other")};
  a.file("a", "one");
  a.file("c", "same");
  a.file("z", "12345");
  b.file("b", "12");
  b.file("c", "same");
  DiffSummary summary;
  CHECK(differences(a, b, {}, &summary) == Lines{"-a", "+b", "-z"});
  CHECK(summary.added.paths == 1);
  CHECK(summary.added.bytes == 2);
  CHECK(summary.removed.paths == 2);
  CHECK(summary.removed.bytes == 8);
  CHECK(summary.same.paths == 1);
  CHECK(summary.same.bytes == 4);
  CHECK(summary.contents_read == 1);
  CHECK_FALSE(summary.equal());
}

TEST_CASE("every attribute of a path is compared") {
  MemorySide a, b;
  b.layers = {Digest::of("other")};
  const auto both = [&](const std::string& path, EntryType type) {
    return std::pair<rootfs::IndexEntry*, rootfs::IndexEntry*>(&a.put(path, type),
                                                               &b.put(path, type));
  };
  both("01-same", EntryType::directory);
  both("02-mode", EntryType::directory).second->mode = 04755;
  both("03-uid", EntryType::directory).second->uid = 1;
  both("04-gid", EntryType::directory).second->gid = 1;
  both("05-mtime", EntryType::directory).second->mtime.nanoseconds = 1;
  both("06-xattr", EntryType::directory).second->xattrs["security.capability"] = "x";
  both("07-type", EntryType::directory).second->type = EntryType::fifo;
  both("08-target", EntryType::symlink).second->target = "elsewhere";
  both("09-device", EntryType::char_device).second->device_minor = 3;
  a.file("10-content", "abc");
  b.file("10-content", "abd");
  a.file("11-size", "abc");
  b.file("11-size", "abcd");
  const Lines all{"~02-mode mode",     "~03-uid owner",      "~04-gid owner",  "~05-mtime mtime",
                  "~06-xattr xattrs",  "~07-type type",      "~08-target target",
                  "~09-device device", "~10-content content", "~11-size content"};
  CHECK(differences(a, b) == all);
  CHECK(a.opened == 1);  // only where sizes are equal
}

TEST_CASE("a path of the same layer is not read") {
  MemorySide a, b;
  a.file("f", "abc");
  b.file("f", "abd");  // cannot be, but shows that nobody looked
  CHECK(differences(a, b).empty());
  CHECK(a.opened == 0);
  b.layers = {Digest::of("below"), Digest::of("base")};
  CHECK(differences(a, b) == Lines{"~f content"});
}

TEST_CASE("hard links count among the paths that both have") {
  MemorySide a, b;
  for (const char* path : {"x", "y", "z"}) a.file(path, "12").link_group = 1;
  b.file("x", "12").link_group = 7;
  b.file("y", "12").link_group = 7;
  DiffSummary summary;
  CHECK(differences(a, b, {}, &summary) == Lines{"-z"});
  CHECK(summary.same.bytes == 2);  // one file under two names
  MemorySide c;
  c.file("x", "12").link_group = 7;
  c.file("y", "12");
  c.file("z", "12").link_group = 7;
  CHECK(differences(a, c) == Lines{"~x links", "~y links", "~z links"});
  DiffOptions options;
  options.ignore = {Aspect::links};
  CHECK(differences(a, c, options).empty());
}

TEST_CASE("one comparison serves all names of a file") {
  MemorySide a, b;
  b.layers = {Digest::of("other")};
  for (const char* path : {"x", "y", "z"}) {
    a.file(path, "12").link_group = 1;
    b.file(path, "13").link_group = 1;
  }
  DiffSummary summary;
  CHECK(differences(a, b, {}, &summary) == Lines{"~x content", "~y content", "~z content"});
  CHECK(summary.contents_read == 1);
  CHECK(summary.changed.bytes == 2);
}

TEST_CASE("what is not asked for is not looked for") {
  MemorySide a, b;
  b.layers = {Digest::of("other")};
  a.file("etc/a", "1");
  b.file("etc/b", "1");
  a.file("etc/c", "1");
  b.file("etc/c", "2");
  a.file("usr/c", "1");
  b.file("usr/c", "2");
  DiffOptions options;
  options.removed = options.changed = false;
  CHECK(differences(a, b, options) == Lines{"+etc/b"});
  CHECK(a.opened == 0);
  options = {};
  options.globs = {"/etc/**"};
  CHECK(differences(a, b, options) == Lines{"-etc/a", "+etc/b", "~etc/c content"});
  options.ignore = {Aspect::content};
  CHECK(differences(a, b, options) == Lines{"-etc/a", "+etc/b"});
}

TEST_CASE("an error while reading ends it") {
  MemorySide a, b;
  b.layers = {Digest::of("other")};
  a.file("f", "1");
  b.file("f", "2");
  Side broken = a.side();
  broken.open = [](const rootfs::IndexEntry&) -> Result<Fd> {
    return fail(ErrorCode::io, "broken disk");
  };
  const auto result =
      diff_files(broken, b.side(), {}, nullptr, [](const FileChange&) { return Result<void>(); });
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == ErrorCode::io);
}

TEST_CASE("configs are compared field by field") {
  image::ImageConfig a, b;
  a.env = {"PATH=/bin", "MODE=a", "GONE="};
  b.env = {"MODE=b", "PATH=/bin", "NEW=1"};
  a.entrypoint = {"/app", "x y"};
  a.exposed_ports = {{80, "tcp"}};
  b.exposed_ports = {{80, "udp"}};
  b.user = "app";
  a.health_check = image::HealthCheck{{"NONE"}, {}, {}, {}, 0};
  b.health_check = image::HealthCheck{{"NONE"}, std::chrono::seconds(5), {}, {}, 3};
  Lines lines;
  for (const auto& change : diff_configs(a, b))
    lines.push_back(change.field + ": " + change.before.value_or("-") + " / " +
                    change.after.value_or("-"));
  CHECK(lines == Lines{"Entrypoint: [\"/app\",\"x y\"] / -", "Env.GONE:  / -", "Env.MODE: a / b",
                       "Env.NEW: - / 1", "ExposedPorts.80/tcp:  / -", "ExposedPorts.80/udp: - / ",
                       "Healthcheck: [\"NONE\"] / [\"NONE\"] interval=5.0s retries=3",
                       "User: - / app"});
  CHECK(diff_configs(a, a).empty());
}
