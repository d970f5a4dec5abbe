// SPDX-License-Identifier: Apache-2.0
#include "cli/xray_output.hpp"

#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "report/format.hpp"
#include "slim/base/path.hpp"

namespace slim::cli {

using inspect::Xray;
using report::human_bytes;

namespace {

constexpr size_t kNumber = 10;  // columns of a figure

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f %%", share * 100);
  return text;
}

std::string shown(const std::string& path) { return "/" + escape_bytes(path); }

class Text {
 public:
  explicit Text(unsigned width) : width_(width) {}
  void heading(const std::string& text) { out_ += (out_.empty() ? "" : "\n") + text + "\n"; }
  // Cut to the terminal's width.
  void line(const std::string& text) {
    out_ += "  " + report::fit(report::printable(text), width_ - 2) + "\n";
  }
  void whole(const std::string& text) { out_ += "  " + report::printable(text) + "\n"; }
  std::string take() { return std::move(out_); }

 private:
  unsigned width_;
  std::string out_;
};

std::string figure(uint64_t bytes) { return report::pad_left(human_bytes(bytes), kNumber); }
std::string count(uint64_t number) {
  return report::pad_left(report::human_count(number), kNumber);
}

void layers(Text& out, const Xray& xray) {
  out.heading("LAYERS");
  out.line(" #" + report::pad_left("SIZE", kNumber) + report::pad_left("ADDED", kNumber) +
           report::pad_left("REPLACED", kNumber) + report::pad_left("DELETED", kNumber) +
           report::pad_left("WASTED", kNumber) + "  COMMAND");
  for (size_t i = 0; i < xray.story.layers.size(); ++i) {
    const auto& layer = xray.story.layers[i];
    out.line(report::pad_left(std::to_string(i + 1), 2) + figure(layer.bytes) +
             count(layer.added) + count(layer.replaced) + count(layer.deleted) +
             figure(layer.wasted_bytes) + "  " + xray.layer_commands[i]);
  }
  out.whole(human_bytes(xray.story.bytes()) + " in " + std::to_string(xray.story.layers.size()) +
            " layers, " + human_bytes(xray.story.wasted_bytes()) +
            " of it replaced or deleted later: efficiency " + percent(xray.story.efficiency()));
  out.line(report::human_count(xray.files) + " files, " + report::human_count(xray.directories) +
           " directories, " + report::human_count(xray.links) + " symlinks");
}

void sizes(Text& out, const Xray& xray) {
  out.heading("LARGEST FILES");
  for (const auto& file : xray.largest_files) out.whole(figure(file.bytes) + "  " + shown(file.path));
  out.heading("LARGEST DIRECTORIES");
  for (const auto& directory : xray.largest_directories)
    out.whole(figure(directory.bytes) + "  " + shown(directory.path));
  if (xray.duplicates.empty()) return;
  out.heading("DUPLICATES (" + human_bytes(xray.duplicate_bytes) + " that hard links would save)");
  for (const auto& duplicate : xray.duplicates) {
    out.whole(figure(duplicate.saved_by_links()) + "  " + shown(duplicate.paths[0]));
    // The second shows what kind of thing it is; the rest is in the JSON.
    out.whole(std::string(kNumber, ' ') + "  " + shown(duplicate.paths[1]) +
              (duplicate.paths.size() > 2
                   ? " and " + std::to_string(duplicate.paths.size() - 2) + " more"
                   : ""));
  }
}

void security(Text& out, const Xray& xray) {
  if (!xray.special.empty()) out.heading("SPECIAL FILES");
  for (const auto& file : xray.special)
    out.whole(report::pad_right(std::string(name(file.kind)), 16) + shown(file.path) + "  " +
              file.detail);
  if (xray.secrets.empty() && xray.config_secrets.empty()) return;
  out.heading("SECRETS");
  for (const auto& secret : xray.secrets)
    out.whole(shown(secret.path) + "  " + secret.shape.what + ", layer " +
              std::to_string(secret.layer + 1) +
              (secret.hidden_by ? ", hidden by layer " + std::to_string(*secret.hidden_by + 1) +
                                      " and still in the image"
                                : ""));
  for (const auto& secret : xray.config_secrets) out.whole(secret.where + "  " + secret.shape.what);
}

std::string joined(const std::vector<std::string>& words, const char* prefix = "") {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + (prefix + word);
  return text;
}

void software(Text& out, const Xray& xray) {
  const auto& software = xray.software;
  out.heading("SOFTWARE");
  const auto field = [&](const char* label, const std::string& value) {
    if (!value.empty()) out.whole(report::pad_right(label, 16) + value);
  };
  field("system", software.system);
  if (!software.package_database.empty())
    field("packages", software.package_database +
                          (software.packages > 0 ? ", " + std::to_string(software.packages) : ""));
  field("managers", joined(software.managers, "/"));
  field("shells", joined(software.shells, "/"));
  std::string users;
  for (const auto& user : software.users)
    if (user.can_log_in) users += (users.empty() ? "" : " ") + user.name + "(" + user.uid + ")";
  field("users", std::to_string(software.users.size()) + ", with a shell: " + users);
}

std::string quoted(const std::vector<std::string>& words) {
  using Handler = nlohmann::json::error_handler_t;
  return words.empty() ? "" : nlohmann::json(words).dump(-1, ' ', false, Handler::replace);
}

std::vector<std::string> port_names(const image::ImageConfig& config) {
  std::vector<std::string> names;
  for (const auto& port : config.exposed_ports) names.push_back(port.text());
  return names;
}

std::vector<std::string> redacted(const std::vector<std::string>& texts) {
  std::vector<std::string> result;
  for (const auto& text : texts) result.push_back(inspect::redact(text));
  return result;
}

void config(Text& out, const image::ImageConfig& config) {
  out.heading("CONFIG");
  const auto field = [&](const char* label, const std::string& value) {
    if (!value.empty()) out.whole(report::pad_right(label, 16) + value);
  };
  field("platform", config.platform.text());
  field("user", config.user.empty() ? "root (none is set)" : config.user);
  field("entrypoint", quoted(redacted(config.entrypoint)));
  field("cmd", quoted(redacted(config.cmd)));
  field("workdir", config.working_dir);
  field("exposes", joined(port_names(config)));
  field("volumes", joined(config.volumes));
  field("stop signal", config.stop_signal);
  field("healthcheck", config.health_check ? quoted(redacted(config.health_check->test)) : "none");
  for (const auto& variable : config.env) field("env", inspect::redact(variable));
  for (const auto& [key, value] : config.labels) field("label", key + "=" + inspect::redact(value));
}

}  // namespace

std::string xray_text(const Source& source, const Xray& xray, unsigned width) {
  Text out(std::max(width, 60u));
  layers(out, xray);
  sizes(out, xray);
  security(out, xray);
  software(out, xray);
  config(out, source.image.config);
  if (!xray.steps.empty()) out.heading("DOCKERFILE, as far as the history tells");
  for (const auto& step : xray.steps)
    out.whole(step.instruction.empty() ? "# " + step.text : step.instruction + " " + step.text);
  return out.take();
}

}  // namespace slim::cli
