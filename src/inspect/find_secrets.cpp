// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "inspect/content.hpp"
#include "inspect/history.hpp"
#include "slim/base/path.hpp"
#include "slim/inspect/secrets.hpp"
#include "slim/rootfs/whiteout.hpp"

namespace slim::inspect {

namespace {

// How much of a file shows whether it is text.
constexpr uint64_t kFirstLook = 4096;

Result<std::string> read_text(const Subject& subject, const rootfs::IndexEntry& entry) {
  const std::string name = "'" + escape_bytes(entry.path) + "'";
  SLIM_TRY(const Fd fd, subject.open(entry));
  SLIM_TRY(std::string content, read_start(fd, std::min(entry.size, kFirstLook), name));
  if (content.find('\0') != std::string::npos) return std::string();
  if (entry.size > kFirstLook) {
    SLIM_TRY(const std::string rest, read_start(fd, entry.size - kFirstLook, name));
    content += rest;
  }
  return content.find('\0') == std::string::npos ? content : std::string();
}

}  // namespace

Result<std::vector<FoundSecret>> find_secrets(const Subject& subject, const LayerStory& story) {
  std::map<std::pair<uint32_t, std::string_view>, uint32_t> hidden;
  for (const HiddenFile& file : story.hidden) hidden[{file.layer, file.path}] = file.hidden_by;
  std::vector<FoundSecret> found;
  for (uint32_t layer = 0; layer < subject.layers.size(); ++layer) {
    for (const image::Entry& raw : subject.layers[layer]) {
      if (raw.type != image::EntryType::file || raw.size == 0) continue;
      SLIM_TRY(const auto change, rootfs::classify(raw.path));
      if (change.kind != rootfs::Change::Kind::put) continue;
      std::vector<SecretShape> shapes;
      if (auto shape = secret_by_name(raw.path)) shapes.push_back(std::move(*shape));
      if (shapes.empty() && raw.size <= kSecretSearchBytes) {
        if (subject.interrupt != nullptr) SLIM_CHECK(subject.interrupt->check());
        rootfs::IndexEntry entry;
        static_cast<image::Entry&>(entry) = raw;
        entry.layer = layer;
        SLIM_TRY(const std::string content, read_text(subject, entry));
        shapes = secrets_in(raw.path, content);
      }
      const auto later = hidden.find({layer, raw.path});
      for (auto& shape : shapes)
        found.push_back({std::move(shape), raw.path, layer,
                         later == hidden.end() ? std::nullopt
                                               : std::optional<uint32_t>(later->second)});
    }
  }
  return found;
}

std::vector<ConfigSecret> config_secrets(const image::ImageConfig& config) {
  std::vector<ConfigSecret> found;
  for (const std::string& variable : config.env) {
    const size_t equals = variable.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = variable.substr(0, equals), value = variable.substr(equals + 1);
    const auto tokens = tokens_in(value);
    for (const auto& token : tokens) found.push_back({token, "Env " + name});
    if (tokens.empty() && is_secret_variable(name, value))
      found.push_back({{"secret-variable", "a password or token"}, "Env " + name});
  }
  for (size_t i = 0; i < config.history.size(); ++i) {
    const std::string where = "history step " + std::to_string(i + 1);
    const auto step = read_step(config.history[i].created_by);
    for (const auto& token : tokens_in(config.history[i].created_by))
      found.push_back({token, where});
    for (const auto& [name, value] : step.build_arguments)
      if (is_secret_variable(name, value))
        found.push_back({{"secret-build-argument", "a password or token as a build argument"},
                         where + ", argument " + name});
  }
  return found;
}

}  // namespace slim::inspect
