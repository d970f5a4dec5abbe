// SPDX-License-Identifier: Apache-2.0
// Images that skopeo has to fetch: registries and containers-storage.
#include <algorithm>

#include "image/open.hpp"
#include "slim/base/child.hpp"
#include "slim/base/file.hpp"
#include "slim/base/path.hpp"

namespace slim::image {
namespace {

// Registries on this machine speak plain HTTP as a rule; Docker trusts them in the same way.
bool is_local_registry(std::string_view name) {
  std::string_view host = name.substr(0, name.find('/'));
  if (host.size() == name.size()) return false;
  if (host.starts_with("[::1]")) return true;
  host = host.substr(0, host.find(':'));
  return host == "localhost" || host == "127.0.0.1";
}

std::string source_name(const Reference& reference) {
  const bool registry = reference.transport == Transport::registry;
  std::string result = registry ? "docker://" : "containers-storage:";
  result += reference.location;
  if (reference.tag.empty()) return result;
  return result + (reference.tag.starts_with("@") ? "" : ":") + reference.tag;
}

std::vector<std::string> skopeo_arguments(const Reference& reference, const OpenOptions& options,
                                          const std::string& destination) {
  std::vector<std::string> arguments = {"skopeo", "copy", "--quiet"};
  if (options.platform) {
    const auto add = [&](const char* option, const std::string& value) {
      if (!value.empty()) arguments.insert(arguments.begin() + 1, {option, value});
    };
    add("--override-os", options.platform->os);
    add("--override-arch", options.platform->architecture);
    add("--override-variant", options.platform->variant);
  }
  if (reference.transport == Transport::registry && is_local_registry(reference.location)) {
    arguments.push_back("--src-tls-verify=false");
  }
  arguments.push_back(source_name(reference));
  arguments.push_back("dir:" + destination);
  return arguments;
}

// skopeo logs like 'time="..." level=fatal msg="..."', the message quoted for Go.
std::string message_of(const std::string& log) {
  size_t end = log.find_last_not_of(" \n");
  if (end == std::string::npos) return "it says nothing";
  const size_t begin = log.rfind('\n', end);
  std::string line = log.substr(begin == std::string::npos ? 0 : begin + 1);
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
  const size_t message = line.find("msg=\"");
  if (message == std::string::npos || line.back() != '"') return escape_bytes(line);
  std::string text;
  for (size_t i = message + 5; i + 1 < line.size(); ++i) {
    if (line[i] == '\\' && i + 2 < line.size()) ++i;
    text += line[i];
  }
  return escape_bytes(text);
}

bool says_missing(const std::string& message) {
  for (const char* sign : {"manifest unknown", "name unknown", "does not resolve to an image ID",
                           "no such image", "identifier is not an image", "locating image with ID",
                           "reading manifest", "not found"}) {
    if (message.find(sign) != std::string::npos) return true;
  }
  return false;
}

Result<void> run_skopeo(const Reference& reference, const OpenOptions& options,
                        const std::string& destination) {
  const std::string source = source_name(reference);
  auto output = run_command(skopeo_arguments(reference, options, destination),
                            interrupt_of(options));
  if (!output && output.error().code() == ErrorCode::not_found) {
    return fail(ErrorCode::unsupported,
                "reading " + source + " needs skopeo, which is not installed (package skopeo)");
  }
  if (!output) return tl::unexpected(std::move(output).error());
  if (output->status.ok()) return {};
  const std::string message = message_of(output->err);
  ErrorCode code = ErrorCode::io;
  if (message.find("no space left on device") != std::string::npos) {
    code = ErrorCode::no_space;
  } else if (message.find("no image found in manifest list for architecture") !=
             std::string::npos) {
    code = ErrorCode::unsupported;
  } else if (message.find("unauthorized") != std::string::npos ||
             message.find("access to the resource is denied") != std::string::npos ||
             message.find("permission denied") != std::string::npos) {
    code = ErrorCode::permission;
  } else if (says_missing(message)) {
    code = ErrorCode::not_found;
  }
  return fail(code, "skopeo could not copy " + source + " (" + output->status.text() +
                        "): " + message);
}

}  // namespace

// dir: and not an OCI layout is what it copies to, because only that keeps every manifest as it
// is: the digest stays the one the registry knows, and no layer is compressed anew.
Result<Image> open_with_skopeo(const Reference& reference, const OpenOptions& options) {
  const std::string parent = temporary_directory_of(options);
  SLIM_TRY(TempDir directory, TempDir::create(parent, "slim-pull"));
  const auto holder = std::make_shared<TempDir>(std::move(directory));
  SLIM_CHECK(run_skopeo(reference, options, holder->path()));
  const std::string name = source_name(reference);
  const auto blobs = skopeo_directory_blobs(holder->path(), name);
  SLIM_TRY(const std::string text, blobs->document("manifest.json"));
  SLIM_TRY(const auto document, parse_manifest(text, "", name + ": manifest"));
  if (!document.manifest) {
    return fail(ErrorCode::image, name + ": skopeo copied an index, not an image");
  }
  SLIM_TRY(Image image,
           open_manifest(blobs, *document.manifest, Digest::of(text), options, holder));
  if (!reference.tag.starts_with("@") && !reference.location.starts_with("[")) {
    image.names.push_back(reference.location + ":" +
                          (reference.tag.empty() ? "latest" : reference.tag));
  }
  return image;
}

}  // namespace slim::image
