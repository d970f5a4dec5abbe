// SPDX-License-Identifier: Apache-2.0
#include "cli/product.hpp"

#include <stdlib.h>

#include <algorithm>

#include "cli/confine.hpp"
#include "cli/kept_bytes.hpp"
#include "slim/base/memory_file.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"
#include "slim/policy/call_reasons.hpp"

namespace slim::cli {

namespace {

Result<std::vector<std::string>> listed_in(const std::vector<std::string>& files) {
  std::vector<std::string> paths;
  for (const auto& file : files) {
    SLIM_TRY(const std::string text, in_step(ErrorCode::usage, read_file(file)));
    for (const std::string_view line : lines_of(text))
      if (!line.empty() && !line.starts_with('#')) paths.emplace_back(line);
  }
  return paths;
}

// What --keep, --drop and their like ask for.
Result<keepset::Options> requests(const Options& options) {
  keepset::Options wanted = options.keep;
  SLIM_TRY(wanted.keep_from, listed_in(options.keep_from_files));
  return wanted;
}

// Paths that a container of the image is given by its config rather than by its behaviour.
Result<std::vector<std::string>> config_roots(const Options& options,
                                              const image::ImageConfig& config) {
  SLIM_TRY(const auto argv, container::command_line(config, options.run));
  std::vector<std::string> roots;
  if (argv[0].starts_with('/')) roots.push_back(argv[0]);
  if (!config.working_dir.empty()) roots.push_back(config.working_dir);
  for (const auto& volume : config.volumes) roots.push_back(volume);
  return roots;
}

bool is_by_rules(const std::set<keepset::Reason>& reasons) {
  return std::none_of(reasons.begin(), reasons.end(), [](const keepset::Reason& reason) {
    const keepset::Origin origin = origin_of(reason);
    return origin != keepset::Origin::closure && origin != keepset::Origin::scanners;
  });
}

void count(const Source& source, Product& product) {
  KeptBytes bytes_of_kept(product.keep);
  for (const auto& [path, entry] : source.rootfs.index().entries()) {
    if (entry.type == image::EntryType::directory) continue;
    const auto kept = product.keep.paths.find(path);
    if (kept == product.keep.paths.end()) {
      ++product.files_removed;
      continue;
    }
    const uint64_t bytes = bytes_of_kept.of(entry);
    ++product.files_kept;
    product.kept_bytes += bytes;
    if (!is_by_rules(kept->second)) continue;
    ++product.files_by_rules;
    product.bytes_by_rules += bytes;
  }
  product.removed_bytes = source.rootfs.index().file_bytes() - product.kept_bytes;
}

// A file's own attributes with other content. It is no peer of its hard links any more.
Result<void> write_rewritten(const rootfs::IndexEntry& original, const std::string& bytes,
                             image::LayerWriter& writer) {
  image::Entry entry = original;
  entry.size = bytes.size();
  SLIM_TRY(const Fd content, memory_file(escape_bytes(entry.path), bytes));
  return writer.add(entry, &content);
}

// Entries in ascending order of path, so a directory comes before what is in it and the first of a
// group of hard links carries the content.
Result<void> write_kept(const Context& context, const Source& source, const keepset::KeepSet& keep,
                        image::LayerWriter& writer) {
  std::map<uint64_t, std::string> first_of_group;
  for (const auto& [path, entry] : source.rootfs.index().entries()) {
    if (!keep.paths.contains(path)) continue;
    SLIM_CHECK(context.interrupt.check());
    if (entry.type != image::EntryType::file) {
      SLIM_CHECK(writer.add(entry, nullptr));
      continue;
    }
    if (const auto rewritten = keep.rewritten.find(path); rewritten != keep.rewritten.end()) {
      SLIM_CHECK(write_rewritten(entry, rewritten->second, writer));
      continue;
    }
    if (entry.link_group != 0) {
      const auto [first, inserted] = first_of_group.emplace(entry.link_group, path);
      if (!inserted) {
        image::Entry link = entry;
        link.type = image::EntryType::hardlink;
        link.target = first->second;
        SLIM_CHECK(writer.add(link, nullptr));
        continue;
      }
    }
    SLIM_TRY(const Fd content, source.rootfs.open_content(entry));
    SLIM_CHECK(writer.add(entry, &content));
  }
  return {};
}

Result<std::vector<image::Port>> exposed(const Options& options, const Product& product) {
  std::set<image::Port> ports;
  for (const auto& port : policy::served(product.network.ports()))
    ports.insert(image::Port{port.number, port.protocol});
  for (const auto& text : options.expose) {
    SLIM_TRY(const image::Port port, image::Port::parse(text));
    ports.insert(port);
  }
  return std::vector<image::Port>(ports.begin(), ports.end());
}

Result<std::optional<int64_t>> source_date_epoch() {
  const char* text = ::getenv("SOURCE_DATE_EPOCH");
  if (text == nullptr || *text == 0) return std::nullopt;
  char* end = nullptr;
  errno = 0;
  const long long value = ::strtoll(text, &end, 10);
  if (errno != 0 || *end != 0 || value < 0)
    return fail(ErrorCode::usage,
                std::string("SOURCE_DATE_EPOCH=") + text + ": not a number of seconds since 1970");
  return std::optional<int64_t>(value);
}

// The network use of a trace against the EXPOSE of an image.
policy::NetworkAudit network_of(const trace::Trace& trace, const image::ImageConfig& config) {
  std::vector<policy::ExposedPort> declared;
  for (const auto& port : config.exposed_ports) declared.push_back({port.number, port.protocol});
  return policy::audit_network({trace.sockets}, declared, trace.names);
}

}  // namespace

trace::Trace without_calls(trace::Trace trace, const std::set<std::string>& calls) {
  std::erase_if(trace.syscalls, [&](const auto& each) { return calls.contains(each.first.name); });
  return trace;
}

policy::SeccompChoices seccomp_choices(const Options& options, const keepset::KeepSet& keep) {
  auto choices = options.seccomp_choices;
  choices.commands = keep.commands;
  return choices;
}

keepset::ReadContent content_reader(const Source& source) {
  return [&source](const rootfs::IndexEntry& entry) -> Result<keepset::Content> {
    SLIM_TRY(const Fd fd, source.rootfs.open_content(entry));
    SLIM_TRY(Mapping mapping, Mapping::of(fd, escape_bytes(entry.path)));
    return keepset::Content(std::move(mapping));
  };
}

Result<keepset::KeepSet> compute_keep_set(Context& context, const Source& source,
                                          const trace::Trace& trace, const Amendments& amendments,
                                          keepset::Closure closure) {
  SLIM_TRY(keepset::Options options, requests(context.options));
  options.closure = closure;
  options.repair = amendments.added;
  options.without = amendments.without;
  options.required = amendments.required;
  SLIM_TRY(const auto roots, config_roots(context.options, source.image.config));
  options.environment = source.image.config.env;
  for (const auto& variable : context.options.run.env)
    if (variable.find('=') != std::string::npos) options.environment.push_back(variable);
  return keepset::compute(source.rootfs.index(), roots, trace, content_reader(source), options);
}

Result<void> check_wishes(Context& context, const Source& source) {
  SLIM_CHECK(source_date_epoch());
  SLIM_TRY(const auto wanted, requests(context.options));
  return keepset::check_requests(source.rootfs.index(), content_reader(source), wanted);
}

Result<Product> make_product(Context& context, const Source& source, const trace::Trace& trace,
                             const policy::SeccompProfile& base, const Amendments& amendments,
                             const std::string& archive) {
  Product product;
  context.terminal.begin("keep-set", "");
  SLIM_TRY(product.keep,
           compute_keep_set(context, source, trace, amendments, context.options.keep.closure));
  count(source, product);
  context.terminal.end(std::to_string(product.files_kept) + " of " +
                       std::to_string(product.files_kept + product.files_removed) + " files");

  context.terminal.begin("build", "");
  const auto choices = seccomp_choices(context.options, product.keep);
  trace::Trace needed = without_calls(trace, amendments.calls_without);
  needed.reachable = product.keep.reachable;
  product.seccomp = policy::seccomp_from_trace(needed, base, choices);
  product.runtime_calls =
      policy::only_for_runtime(policy::call_reasons(product.seccomp, needed, choices));
  product.network = network_of(trace, source.image.config);
  SLIM_TRY(product.confinement, confine(context.options, source, trace, choices.commands));
  image::WriteRequest write;
  write.source = &source.image.config;
  write.tags = context.options.tags;
  write.changes.volumes = source.image.config.volumes;
  SLIM_TRY(write.changes.exposed_ports, exposed(context.options, product));
  SLIM_TRY(write.changes.created, source_date_epoch());
  write.changes.history_comment = "slim: " + std::to_string(product.files_kept) + " of " +
                                  std::to_string(product.files_kept + product.files_removed) +
                                  " files kept";
  write.write_layer = [&](image::LayerWriter& writer) {
    return write_kept(context, source, product.keep, writer);
  };
  SLIM_TRY(product.image, image::write_image(archive, write));
  context.terminal.end(report::human_bytes(product.image.layer.file_bytes));
  return product;
}

}  // namespace slim::cli
