// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "inspect/findings.hpp"
#include "slim/base/path.hpp"

namespace slim::inspect {

using image::EntryType;

namespace {

// From here on it is worth a word.
constexpr uint64_t kWorthABuild = 10'000'000;
constexpr double kShare = 0.1;

std::string megabytes(uint64_t bytes) { return std::to_string(bytes / 1'000'000) + " MB"; }
std::string plural(uint64_t count) { return std::to_string(count) + (count == 1 ? " file" : " files"); }

void lint_user(const Subject& subject, const Xray& xray, Findings& findings) {
  const std::string user = subject.config.user.substr(0, subject.config.user.find(':'));
  if (user.empty() || user == "root" || user == "0") {
    findings.add("user-root", user.empty() ? "no USER is set" : "USER " + user, 0);
    return;
  }
  if (std::all_of(user.begin(), user.end(), [](char c) { return c >= '0' && c <= '9'; })) return;
  findings.add("user-not-numeric", escape_bytes(user), 0);
  const auto& users = xray.software.users;
  if (std::none_of(users.begin(), users.end(), [&](const User& one) { return one.name == user; }))
    findings.add("user-not-found", escape_bytes(user), 0);
}

bool is_program(const rootfs::Index& index, const std::string& path) {
  const auto found = index.resolve(path);
  return found.outcome == rootfs::Resolution::Outcome::found &&
         found.entry->type == EntryType::file && (found.entry->mode & 0111) != 0;
}

// As execvp(3) in the container would look for it.
bool can_start(const Subject& subject, const std::string& program) {
  if (program.starts_with('/')) return is_program(subject.index, program);
  if (program.find('/') != std::string::npos)
    return is_program(subject.index, join_path(subject.config.working_dir, program));
  // What the runtime takes when the image sets none.
  std::string path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (const auto& variable : subject.config.env)
    if (variable.starts_with("PATH=")) path = variable.substr(5);
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find(':', at), path.size());
    if (is_program(subject.index, join_path(path.substr(at, end - at), program))) return true;
    at = end + 1;
  }
  return false;
}

void lint_start(const Subject& subject, Findings& findings) {
  const auto& config = subject.config;
  const auto& words = !config.entrypoint.empty() ? config.entrypoint : config.cmd;
  if (words.empty()) return;
  if (!can_start(subject, words[0])) findings.add("command-not-found", escape_bytes(words[0]), 0);
  const bool shell = words.size() == 3 && name_of(words[0]).ends_with("sh") && words[1] == "-c";
  if (shell && !words[2].starts_with("exec "))
    findings.add("shell-form", escape_bytes(redact(words[2])), 0);
  const bool checked = config.health_check && config.health_check->runs();
  if (!checked && !config.exposed_ports.empty()) findings.add("no-healthcheck", "", 0);
}

void lint_secrets(const Xray& xray, Findings& findings) {
  for (const auto& secret : xray.secrets) {
    // Name-only evidence, and accounts' own files, are for xray to tell.
    if (secret.shape.rule == "key-store") continue;
    std::string where = secret.shape.what + " in layer " + std::to_string(secret.layer + 1);
    if (secret.hidden_by)
      where += ", hidden by layer " + std::to_string(*secret.hidden_by + 1) + " and still there";
    findings.add("secret-in-file", where, 0, secret.path);
  }
  for (const auto& secret : xray.config_secrets)
    findings.add("secret-in-config", escape_bytes(secret.where) + " has " + secret.shape.what, 0);
}

void lint_files(const Xray& xray, Findings& findings) {
  for (const auto& file : xray.special) {
    const std::string detail = file.detail;
    if (file.kind == SpecialKind::setuid || file.kind == SpecialKind::setgid)
      findings.add("setuid", std::string(name(file.kind)) + " of " + detail, 0, file.path);
    if (file.kind == SpecialKind::capabilities)
      findings.add("file-capabilities", detail, 0, file.path);
    if (file.kind == SpecialKind::world_writable)
      findings.add("world-writable", detail, 0, file.path);
  }
}

// Where package managers keep what they can fetch again.
constexpr const char* kCaches[] = {
    "/var/lib/apt/lists/*_*",     "/var/cache/apt/archives/*.deb", "/var/cache/apk/*",
    "/var/cache/yum/**",          "/var/cache/dnf/**",             "/var/cache/zypp/**",
    "/root/.cache/pip/**",        "/root/.cache/uv/**",            "/root/.npm/_cacache/**",
    "/usr/local/share/.cache/**", "/root/.cache/go-build/**",      "/opt/conda/pkgs/**.tar.bz2",
    "/var/cache/pacman/pkg/*",    "/root/.cache/yarn/**",          "/root/.m2/repository/**"};

void lint_caches(const rootfs::Index& index, Findings& findings) {
  struct Cache {
    uint64_t files = 0, bytes = 0;
  };
  std::map<std::string, Cache> caches;
  for (const auto& [path, entry] : index.entries()) {
    if (entry.type != EntryType::file || entry.size == 0) continue;
    if (!path.starts_with("var/") && !path.starts_with("root/.") &&
        !path.starts_with("usr/local/share/.") && !path.starts_with("opt/conda/"))
      continue;
    for (const std::string_view glob : kCaches) {
      if (!glob_match(glob, "/" + path)) continue;
      Cache& cache = caches[std::string(glob.substr(1, glob.find('*') - 2))];
      ++cache.files;
      cache.bytes += entry.size;
    }
  }
  for (const auto& [place, cache] : caches)
    findings.add("package-cache-left",
                 plural(cache.files) + ", " + std::to_string(cache.bytes / 1000) + " kB", 0, place);
}

void lint_bytes(const Xray& xray, Findings& findings) {
  const uint64_t wasted = xray.story.wasted_bytes();
  if (wasted > kWorthABuild && 1 - xray.story.efficiency() > kShare)
    findings.add("waste", megabytes(wasted) + " of " + megabytes(xray.story.bytes()), 0);
  if (xray.duplicate_bytes > kWorthABuild)
    findings.add("duplicate-files", megabytes(xray.duplicate_bytes) + " more than once", 0);
}

// What the history tells and the files do not.
void lint_steps(const Xray& xray, Findings& findings) {
  for (const Step& step : xray.steps) {
    if (step.instruction == "ADD" &&
        (step.text.starts_with("http://") || step.text.starts_with("https://")))
      findings.add("add-remote", step.text.substr(0, step.text.find(' ')), 0);
    if (step.instruction != "RUN") continue;
    Findings all;
    lint_run(shell_commands(step.text), {}, all);
    for (const auto& finding : all.take())
      if (finding.rule->id == "pipe-to-shell" || finding.rule->id == "chmod-777" ||
          finding.rule->id == "apt-recommends")
        findings.add(finding.rule->id, "RUN " + step.text.substr(0, 60), 0);
  }
}

}  // namespace

std::vector<Finding> lint(const Subject& subject, const Xray& xray) {
  Findings findings;
  lint_user(subject, xray, findings);
  lint_start(subject, findings);
  lint_secrets(xray, findings);
  lint_files(xray, findings);
  lint_caches(subject.index, findings);
  lint_bytes(xray, findings);
  lint_steps(xray, findings);
  auto found = findings.take();
  std::stable_sort(found.begin(), found.end(), [](const Finding& a, const Finding& b) {
    return std::make_pair(b.rule->level, a.rule->id) < std::make_pair(a.rule->level, b.rule->id);
  });
  return found;
}

}  // namespace slim::inspect
