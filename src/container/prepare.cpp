// SPDX-License-Identifier: Apache-2.0
#include "container/prepare.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <regex>

#include "container/environment.hpp"
#include "container/in_root.hpp"
#include "container/limits.hpp"
#include "container/mounts.hpp"
#include "container/network.hpp"
#include "container/volumes.hpp"
#include "slim/base/file.hpp"
#include "slim/base/path.hpp"

namespace slim::container {

namespace {

using nlohmann::json;

// The same in every run, unlike Docker's, so that two runs of an image see the same.
constexpr const char* kHostname = "slim";

// The bundle dies with the run, so unlike write_file_atomically() this waits for no disk.
Result<void> write_text(const std::string& path, const std::string& text) {
  SLIM_TRY(const Fd file, open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
  return write_all(file, text, path);
}

Result<std::string> hostname_of(const RunOptions& options) {
  if (!options.hostname.empty()) {
    static const std::regex label_list(
        "([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\\.)*[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?");
    if (options.hostname.size() > 63 || !std::regex_match(options.hostname, label_list))
      return fail(ErrorCode::usage, "--hostname: '" + escape_bytes(options.hostname) +
                                        "' is not a host name of at most 63 characters");
    return options.hostname;
  }
  if (options.network != Network::host) return kHostname;
  char name[HOST_NAME_MAX + 1] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return fail_errno("cannot read the host name");
  return std::string(name);
}

std::string hosts_text(Network network, const std::string& hostname) {
  if (network == Network::host) {
    const auto own = read_file("/etc/hosts");
    if (own) return *own;
  }
  std::string text =
      "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\n"
      "ff00::0\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";
  // Where Docker would name the address of the container's bridge device. Loopback is what there
  // is here, and programs that look up their own name must find something.
  if (network == Network::isolated) {
    const auto dot = hostname.find('.');
    text += "127.0.0.1\t" + hostname;
    if (dot != std::string::npos) text += " " + hostname.substr(0, dot);
    text += "\n";
  }
  return text;
}

struct NetworkFile {
  const char* destination;
  const char* name;
  std::string text;
};

Result<void> add_network_files(const Request& request, const std::string& hostname, json& mounts) {
  const Network network = request.options.network;
  std::string resolver;
  if (network == Network::host) resolver = read_file("/etc/resolv.conf").value_or("");
  const NetworkFile files[] = {{"/etc/resolv.conf", "resolv.conf", std::move(resolver)},
                               {"/etc/hostname", "hostname", hostname + "\n"},
                               {"/etc/hosts", "hosts", hosts_text(network, hostname)}};
  for (const auto& file : files) {
    bool replaced = false;
    for (const auto& mount : mounts) replaced |= mount["destination"] == file.destination;
    if (replaced) continue;
    const std::string path = join_path(request.directory, file.name);
    SLIM_CHECK(write_text(path, file.text));
    json options = {"rbind", "rprivate"};
    if (request.options.read_only) options.push_back("ro");
    mounts.push_back({{"destination", file.destination},
                      {"type", "bind"},
                      {"source", path},
                      {"options", std::move(options)}});
  }
  return {};
}

Result<void> use_bind_source(const MountPlan& plan) {
  struct stat status;
  if (::stat(plan.source.c_str(), &status) == 0) return {};
  if (errno != ENOENT) return fail_errno(escape_bytes(plan.source));
  if (!plan.create_source)
    return fail(ErrorCode::usage,
                "--mount: the source " + escape_bytes(plan.source) + " does not exist");
  return make_directories(plan.source);
}

Result<json> make_mounts(const Request& request, const Fd& root, const Interrupt& interrupt) {
  json mounts = json::array();
  std::map<std::string, std::string> named;  // volumes shared under one name
  size_t number = 0;
  SLIM_TRY(const auto plans, plan_mounts(*request.config, request.options));
  for (const auto& plan : plans) {
    json options = plan.options;
    std::string source = plan.source, type = "bind";
    if (plan.kind == MountPlan::Kind::tmpfs) {
      type = source = "tmpfs";
    } else {
      options.insert(options.begin(), "rbind");
    }
    if (plan.kind == MountPlan::Kind::bind) SLIM_CHECK(use_bind_source(plan));
    if (plan.kind == MountPlan::Kind::volume) {
      const auto known = plan.source.empty() ? named.end() : named.find(plan.source);
      source = known != named.end()
                   ? known->second
                   : join_path(request.directory, "volumes/" + std::to_string(number++));
      if (known == named.end())
        SLIM_CHECK(make_volume(root, plan.destination, source, plan.seed, interrupt));
      if (!plan.source.empty()) named[plan.source] = source;
    }
    mounts.push_back({{"destination", plan.destination},
                      {"type", type},
                      {"source", source},
                      {"options", std::move(options)}});
  }
  return mounts;
}

Result<std::string> make_working_directory(const Request& request, const Fd& root) {
  const std::string& wanted = request.options.workdir;
  if (!wanted.empty() && !wanted.starts_with('/'))
    return fail(ErrorCode::usage,
                "--workdir: '" + escape_bytes(wanted) + "' is not an absolute path");
  const std::string& own = request.config->working_dir;
  if (wanted.empty() && !own.empty() && !own.starts_with('/'))
    return fail(ErrorCode::container, "the image's working directory '" + escape_bytes(own) +
                                          "' is not an absolute path, which engines refuse: give "
                                          "one with --workdir");
  const std::string path = clean_path(wanted.empty() ? own : wanted);
  SLIM_CHECK(make_directories_in_root(root, path));
  return path;
}

Result<void> join_network(const Request& request, Prepared& prepared) {
  if (request.options.network == Network::host) {
    SLIM_TRY(prepared.network_namespace, own_network_namespace());
    return {};
  }
  SLIM_TRY(prepared.network_namespace, make_network_namespace());
  if (request.options.network == Network::isolated)
    SLIM_CHECK(add_address(prepared.network_namespace));
  // By this process's descriptor: a bind mount would outlive a slim that is killed. /proc/self is
  // asked, since /proc may show another pid namespace than the one that getpid(2) counts in.
  char self[32] = {};
  if (::readlink("/proc/self", self, sizeof self - 1) < 0) return fail_errno("/proc/self");
  prepared.spec.network_namespace = std::string("/proc/") + self + "/fd/" +
                                    std::to_string(prepared.network_namespace.get());
  return {};
}

}  // namespace

std::string cgroup_name(const std::string& id) {
  return id.starts_with("slim") ? id : "slim-" + id;
}

Result<Prepared> prepare(const Request& request, CgroupLayout layout, const Interrupt& interrupt) {
  const RunOptions& options = request.options;
  const image::ImageConfig& config = *request.config;
  Prepared prepared;
  SpecInput& spec = prepared.spec;
  spec.request = &request;
  spec.layout = layout;
  // What is only read comes first, so that a wrong option changes nothing.
  SLIM_TRY(spec.arguments, command_line(config, options));
  SLIM_TRY(spec.capabilities, capabilities(options));
  SLIM_TRY(const auto limits, usable_limits(options.ulimits, prepared.notes));
  for (const auto& limit : limits)
    spec.rlimits.push_back({{"type", limit.type}, {"soft", limit.soft}, {"hard", limit.hard}});
  SLIM_TRY(spec.hostname, hostname_of(options));
  SLIM_TRY(const Fd root, open_file(request.rootfs, O_PATH | O_DIRECTORY));
  SLIM_TRY(spec.user, find_user_in_root(root, options.user.empty() ? config.user : options.user));
  SLIM_TRY(spec.environment, environment(config, options, spec.hostname, spec.user.home));
  if (layout != CgroupLayout::none) spec.cgroup = cgroup_name(request.id);

  SLIM_CHECK(make_directories(request.directory));
  SLIM_TRY(spec.working_directory, make_working_directory(request, root));
  SLIM_TRY(spec.mounts, make_mounts(request, root, interrupt));
  SLIM_CHECK(add_network_files(request, spec.hostname, spec.mounts));
  SLIM_CHECK(join_network(request, prepared));
  prepared.bundle = join_path(request.directory, "bundle");
  SLIM_CHECK(make_directories(prepared.bundle));
  SLIM_TRY(const json document, spec_json(spec));
  SLIM_TRY(const std::string text, dump_json(document, "the container's configuration"));
  SLIM_CHECK(write_text(join_path(prepared.bundle, "config.json"), text));
  return prepared;
}

}  // namespace slim::container
