// SPDX-License-Identifier: Apache-2.0
#include "image/send.hpp"

#include <unistd.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "image/engine_http.hpp"
#include "slim/base/child.hpp"
#include "slim/base/path.hpp"
#include "slim/image/reference.hpp"
#include "slim/image/write.hpp"

namespace slim::image {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kEngine = "docker-daemon:";
constexpr std::string_view kRegistry = "docker://";
constexpr std::string_view kOthers[] = {
    "containers-storage:", "oci:", "oci-archive:", "docker-archive:", "dir:"};

bool is_this_machine(std::string_view registry_reference) {
  const std::string_view host = registry_reference.substr(0, registry_reference.find('/'));
  for (const std::string_view local : {"localhost", "127.0.0.1", "[::1]"})
    if (host == local || (host.starts_with(local) && host[local.size()] == ':')) return true;
  return false;
}

// A file name in skopeo's TRANSPORT:FILE[:TAG] ends at the first colon.
Result<void> check_archive_name(const std::string& archive) {
  if (archive.find(':') == std::string::npos) return {};
  return fail(ErrorCode::unsupported, "skopeo cannot read a file with a colon in its name: " +
                                          archive + " (choose another output directory)");
}

// What skopeo says is one line a problem, logrus-like: time="..." level=fatal msg="...".
std::string last_line(const std::string& text) {
  const size_t end = text.find_last_not_of(" \n\r\t");
  if (end == std::string::npos) return "it gave no reason";
  const size_t start = text.rfind('\n', end);
  std::string line = text.substr(start == std::string::npos ? 0 : start + 1,
                                 end - (start == std::string::npos ? 0 : start + 1) + 1);
  if (const size_t message = line.find("msg="); message != std::string::npos)
    line = line.substr(message + 4);
  return line;
}

Result<void> send_with_skopeo(const std::string& archive, const Destination& destination,
                              const Interrupt& interrupt) {
  SLIM_CHECK(check_archive_name(archive));
  SLIM_TRY(const Output output, run_command(skopeo_command(archive, destination), interrupt));
  if (output.status.ok()) return {};
  return fail(ErrorCode::io, "skopeo could not send the image to " + destination.text + " (" +
                                 output.status.text() + "): " + last_line(output.err));
}

// The engine answers 200 before it has read the archive; whether it worked stands in the stream of
// JSON objects that follows.
Result<void> check_load_answer(const std::string& body) {
  size_t start = 0;
  while (start < body.size()) {
    const size_t end = std::min(body.find('\n', start), body.size());
    const Json line = Json::parse(body.substr(start, end - start), nullptr, false);
    if (line.is_object() && line.contains("error") && line["error"].is_string())
      return fail(ErrorCode::io, "the Docker engine could not load the image: " +
                                     line["error"].get<std::string>());
    start = end + 1;
  }
  return {};
}

Result<void> send_to_engine(const std::string& archive, const Destination& destination,
                            const Interrupt& interrupt) {
  SLIM_TRY(const RenamedArchive renamed, rename_archive(archive, destination.name));
  SLIM_TRY(const std::string socket, engine_socket());
  SLIM_TRY(const EngineHttp engine, EngineHttp::connect(socket, interrupt));
  uint64_t sent = 0;
  const auto producer = [&](std::span<std::byte> into) -> Result<size_t> {
    if (sent >= renamed.kept_bytes) {
      const auto from = std::string_view(renamed.tail).substr(sent - renamed.kept_bytes);
      const size_t count = std::min(from.size(), into.size());
      std::copy_n(std::as_bytes(std::span(from)).begin(), count, into.begin());
      sent += count;
      return count;
    }
    const size_t wanted = std::min<uint64_t>(into.size(), renamed.kept_bytes - sent);
    const ssize_t count =
        ::pread(renamed.file.get(), into.data(), wanted, static_cast<off_t>(sent));
    if (count < 0) return fail_errno("cannot read " + archive);
    if (count == 0) return fail(ErrorCode::io, archive + " became shorter while it was sent");
    sent += static_cast<uint64_t>(count);
    return static_cast<size_t>(count);
  };
  SLIM_TRY(const HttpReply reply,
           engine.upload("/images/load?quiet=1", "application/x-tar", renamed.size(), producer));
  if (!reply.ok())
    return fail(ErrorCode::io, "the Docker engine could not load the image: " + reply.message());
  return check_load_answer(reply.body);
}

}  // namespace

Result<Destination> Destination::parse(const std::string& text) {
  Destination destination;
  destination.text = text;
  const std::string_view view(text);
  if (view.starts_with(kEngine)) {
    destination.kind = Kind::engine;
    SLIM_TRY(destination.name, normalise_tag(text.substr(kEngine.size())));
    return destination;
  }
  if (view.starts_with(kRegistry)) {
    const std::string name = text.substr(kRegistry.size());
    SLIM_CHECK(normalise_tag(name));
    destination.plain_http_ok = is_this_machine(name);
    return destination;
  }
  for (const std::string_view prefix : kOthers)
    if (view.starts_with(prefix) && view.size() > prefix.size()) return destination;
  return fail(
      ErrorCode::usage,
      "\"" + escape_bytes(text) +
          "\" is not a destination: use docker-daemon:NAME:TAG, docker://REGISTRY/NAME:TAG, "
          "containers-storage:NAME:TAG, oci:DIR[:TAG], oci-archive:FILE, "
          "docker-archive:FILE[:NAME:TAG] or dir:DIR");
}

std::vector<std::string> skopeo_command(const std::string& archive,
                                        const Destination& destination) {
  // The policy of signatures is about what may be pulled; this source is our own file.
  std::vector<std::string> command = {"skopeo", "--insecure-policy", "copy", "--quiet"};
  // Layouts and directories get the very image that the report names. A registry's copy is
  // compressed on the way, as registries' clients do, and Docker's archives have no manifest.
  for (const std::string_view exact : {"oci:", "oci-archive:", "dir:"})
    if (destination.text.starts_with(exact)) command.push_back("--preserve-digests");
  if (destination.plain_http_ok) command.push_back("--dest-tls-verify=false");
  command.push_back("oci-archive:" + archive);
  command.push_back(destination.text);
  return command;
}

Result<void> check_destination(const std::string& destination) {
  SLIM_TRY(const Destination parsed, Destination::parse(destination));
  if (parsed.kind == Destination::Kind::skopeo && !find_program("skopeo"))
    return fail(ErrorCode::unsupported, "sending an image to " + destination +
                                            " needs skopeo, which is not installed (on Debian: "
                                            "apt-get install skopeo)");
  return {};
}

Result<void> send_image(const std::string& archive, const std::string& destination,
                        const Interrupt& interrupt) {
  SLIM_CHECK(check_destination(destination));
  SLIM_TRY(const Destination parsed, Destination::parse(destination));
  return parsed.kind == Destination::Kind::engine ? send_to_engine(archive, parsed, interrupt)
                                                  : send_with_skopeo(archive, parsed, interrupt);
}

}  // namespace slim::image
