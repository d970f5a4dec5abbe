// SPDX-License-Identifier: Apache-2.0
#include "slim/image/reference.hpp"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "image/recognise.hpp"
#include "slim/base/digest.hpp"
#include "slim/base/path.hpp"

namespace slim::image {
namespace {

struct Prefix {
  std::string_view text;
  Transport transport;
};
constexpr Prefix kPrefixes[] = {
    {"oci:", Transport::oci},
    {"oci-archive:", Transport::oci_archive},
    {"docker-archive:", Transport::docker_archive},
    {"docker-daemon:", Transport::docker_daemon},
    {"containers-storage:", Transport::containers_storage},
    {"docker://", Transport::registry},
};
// skopeo's other transports, so that they are not taken for an image named "dir".
constexpr std::string_view kUnknownTransports[] = {"dir", "docker", "ostree", "sif", "tarball"};

std::string_view prefix_of(Transport transport) {
  for (const Prefix& prefix : kPrefixes) {
    if (prefix.transport == transport) return prefix.text;
  }
  return "";
}

bool is_file_transport(Transport transport) {
  return transport == Transport::oci || transport == Transport::oci_archive ||
         transport == Transport::docker_archive;
}

tl::unexpected<Error> malformed(std::string_view text, const std::string& why) {
  return fail(ErrorCode::usage, "image reference '" + escape_bytes(text) + "': " + why);
}

bool starts_like_a_path(std::string_view text) {
  return text.starts_with("/") || text.starts_with("./") || text.starts_with("../") ||
         text == "." || text == "..";
}

bool exists(std::string_view path) { return access(std::string(path).c_str(), F_OK) == 0; }

// Where the location ends in "LOCATION[:TAG]": at the colon before which the longest existing path
// stands, else at the first colon, as skopeo has it.
size_t end_of_path(std::string_view rest) {
  if (exists(rest)) return rest.size();
  for (size_t colon = rest.rfind(':'); colon != std::string_view::npos && colon > 0;
       colon = rest.rfind(':', colon - 1)) {
    if (exists(rest.substr(0, colon))) return colon;
  }
  return std::min(rest.find(':'), rest.size());
}

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_letter_or_digit(char c) { return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z'); }

// distribution/reference: tag := [\w][\w.-]{0,127}
bool is_tag(std::string_view tag) {
  if (tag.empty() || tag.size() > 128 || tag[0] == '.' || tag[0] == '-') return false;
  return std::all_of(tag.begin(), tag.end(), [](char c) {
    return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-';
  });
}

// distribution/reference: path-component := [a-z0-9]+ ((\.|_|__|-+) [a-z0-9]+)*
bool is_path_component(std::string_view text) {
  if (text.empty() || !is_lower_or_digit(text.front()) || !is_lower_or_digit(text.back())) {
    return false;
  }
  for (size_t i = 0; i < text.size();) {
    if (is_lower_or_digit(text[i])) {
      ++i;
      continue;
    }
    const size_t end = text.find_first_not_of(text[i], i);
    const size_t run = end - i;
    const bool separator =
        text[i] == '-' || (text[i] == '.' && run == 1) || (text[i] == '_' && run <= 2);
    if (!separator || !is_lower_or_digit(text[end])) return false;
    i = end;
  }
  return true;
}

// Whether the first component of a name is a registry rather than part of the path.
bool is_registry(std::string_view component) {
  return component.find_first_of(".:[") != std::string_view::npos || component == "localhost" ||
         std::any_of(component.begin(), component.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_registry_syntax(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  });
}

// Why `name` cannot be the name of an image; empty if it can.
std::string fault_in_name(std::string_view name) {
  if (name.empty()) return "the name is empty";
  if (name.size() > 255) return "the name is longer than 255 characters";
  std::string_view path = name;
  if (const size_t slash = name.find('/');
      slash != std::string_view::npos && is_registry(name.substr(0, slash))) {
    if (!is_registry_syntax(name.substr(0, slash))) return "the registry's name is malformed";
    path = name.substr(slash + 1);
  }
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (std::any_of(part.begin(), part.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
      return "the name has upper-case letters; names of images are lower-case";
    }
    if (!is_path_component(part)) return "'" + escape_bytes(part) + "' cannot be part of a name";
    begin = end + 1;
  }
  return "";
}

// Splits NAME[:TAG][@DIGEST].
Result<Reference> parse_name(std::string_view whole, Transport transport, std::string_view rest) {
  Reference reference{transport, "", ""};
  std::string_view name = rest;
  std::string_view store;  // containers-storage:[driver@root+run]NAME
  if (transport == Transport::containers_storage && name.starts_with("[")) {
    const size_t end = name.find(']');
    if (end == std::string_view::npos) return malformed(whole, "the '[' has no ']'");
    store = name.substr(0, end + 1);
    name.remove_prefix(end + 1);
  }
  // An image ID: what stands behind the algorithm is not a tag.
  if (Digest::parse(name)) {
    reference.location = std::string(store) + std::string(name);
    return reference;
  }
  if (const size_t at = name.find('@'); at != std::string_view::npos) {
    if (!Digest::parse(name.substr(at + 1))) {
      return malformed(whole, "'" + escape_bytes(name.substr(at + 1)) +
                                  "' is not a digest (sha256:<64 hex digits>)");
    }
    reference.tag = name.substr(at);
    name = name.substr(0, at);
  }
  const size_t colon = name.rfind(':');
  if (colon != std::string_view::npos && name.find('/', colon) == std::string_view::npos) {
    const std::string_view tag = name.substr(colon + 1);
    if (!is_tag(tag)) return malformed(whole, "'" + escape_bytes(tag) + "' is not a tag");
    if (reference.tag.empty()) reference.tag = tag;
    name = name.substr(0, colon);
  }
  if (const std::string fault = fault_in_name(name); !fault.empty()) {
    return malformed(whole, fault);
  }
  reference.location = std::string(store) + std::string(name);
  return reference;
}

Result<Reference> parse_file(std::string_view whole, Transport transport, std::string_view rest) {
  const size_t end = end_of_path(rest);
  Reference reference{transport, std::string(rest.substr(0, end)), ""};
  if (reference.location.empty()) return malformed(whole, "the path is empty");
  if (end == rest.size()) return reference;
  reference.tag = rest.substr(end + 1);
  if (reference.tag.empty()) return malformed(whole, "the tag after the ':' is empty");
  return reference;
}

}  // namespace

Result<Reference> Reference::parse(std::string_view text) {
  if (text.empty()) return malformed(text, "it is empty");
  if (text.find('\0') != std::string_view::npos) return malformed(text, "it holds a NUL byte");
  for (const Prefix& prefix : kPrefixes) {
    if (!text.starts_with(prefix.text)) continue;
    const std::string_view rest = text.substr(prefix.text.size());
    return is_file_transport(prefix.transport) ? parse_file(text, prefix.transport, rest)
                                               : parse_name(text, prefix.transport, rest);
  }
  const bool is_path = starts_like_a_path(text);
  const std::string_view path = text.substr(0, end_of_path(text));
  if (is_path || exists(path)) {
    const auto transport = recognise(std::string(path));
    if (transport) return parse_file(text, *transport, text);
    if (is_path || !parse_name(text, Transport::name, text)) {
      return tl::unexpected<Error>(transport.error());
    }
  }
  for (const std::string_view unknown : kUnknownTransports) {
    if (text.starts_with(std::string(unknown) + ":") && text.find('/') != std::string_view::npos) {
      return malformed(text, "the transport '" + std::string(unknown) +
                                 ":' is not one slim reads; these are: oci:, oci-archive:, "
                                 "docker-archive:, docker-daemon:, containers-storage:, docker://");
    }
  }
  return parse_name(text, Transport::name, text);
}

std::string Reference::text() const {
  std::string result(prefix_of(transport));
  result += location;
  if (tag.empty()) return result;
  const bool digest = tag.starts_with("@") && !is_file_transport(transport);
  return result + (digest ? "" : ":") + tag;
}

std::string Reference::short_name() const {
  std::string_view name = location;
  while (name.size() > 1 && name.ends_with("/")) name.remove_suffix(1);
  name = name_of(name);
  if (is_file_transport(transport)) {
    for (const std::string_view extension : {".gz", ".zst", ".tgz", ".tzst", ".tar", ".oci"}) {
      if (name.size() > extension.size() && name.ends_with(extension)) {
        name.remove_suffix(extension.size());
      }
    }
  } else {
    if (const size_t bracket = name.rfind(']'); bracket != std::string_view::npos) {
      name.remove_prefix(bracket + 1);
    }
    if (Digest::parse(name)) name = name.substr(name.find(':') + 1, 12);
  }
  if (name.empty() || name == "." || name == "..") return "image";
  return std::string(name);
}

std::string Reference::engine_name() const {
  if (transport == Transport::docker_archive && tag.find_first_not_of("0123456789@") != tag.npos)
    return tag;
  if (is_file_transport(transport)) return short_name();
  // Of containers-storage:[STORE]NAME the name; elsewhere brackets are of an IPv6 address.
  const bool stored = transport == Transport::containers_storage;
  const std::string name = stored ? location.substr(location.rfind(']') + 1) : location;
  return name + (tag.empty() || tag.starts_with("@") ? "" : ":") + tag;
}

std::string full_image_name(std::string_view name) {
  std::string result(name);
  const size_t slash = result.find('/');
  std::string registry = "docker.io";
  std::string path = result;
  if (slash != std::string::npos && is_registry(std::string_view(result).substr(0, slash))) {
    registry = result.substr(0, slash);
    path = result.substr(slash + 1);
  }
  if (registry == "index.docker.io") registry = "docker.io";
  if (registry == "docker.io" && path.find('/') == std::string::npos) path = "library/" + path;
  const bool tagged = path.find(':', path.rfind('/') + 1) != std::string::npos;
  if (!tagged && path.find('@') == std::string::npos) path += ":latest";
  return registry + "/" + path;
}

}  // namespace slim::image
