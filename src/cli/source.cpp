// SPDX-License-Identifier: Apache-2.0
#include "cli/source.hpp"

namespace slim::cli {

namespace {

Result<image::Image> open(Context& context, const std::string& name,
                          const rootfs::Store::Scratch& scratch) {
  SLIM_TRY(const auto reference, image::Reference::parse(name));
  image::OpenOptions options;
  options.platform = context.options.platform;
  options.temporary_directory = scratch.directory.path();
  options.interrupt = &context.interrupt;
  options.progress = &context.terminal;
  return image::open_image(reference, options);
}

}  // namespace

ImageIdentity identity(const Source& source) {
  return {source.image.digest.text(), Digest::of(source.image.config.json).text()};
}

Result<Source> read_source(Context& context) {
  return read_source(context, context.options.image);
}

Result<Source> read_source(Context& context, const std::string& reference, Detail detail) {
  context.terminal.begin("read", reference);
  SLIM_TRY(auto scratch, context.store.new_scratch());
  SLIM_TRY(image::Image image, in_step(ErrorCode::image, open(context, reference, scratch)));
  if (!image.warning.empty()) context.warn(image.warning);
  context.terminal.end(std::to_string(image.layers.size()) + " layers");

  context.terminal.begin("unpack", std::to_string(image.layers.size()) + " layers");
  SLIM_TRY(auto stored, in_step(ErrorCode::image,
                                rootfs::Rootfs::store_layers(context.store, image,
                                                             context.interrupt, &context.terminal)));
  std::vector<std::vector<image::Entry>> layers;
  if (detail == Detail::layers)
    for (const auto& layer : stored) layers.push_back(layer.entries);
  SLIM_TRY(rootfs::Rootfs rootfs,
           in_step(ErrorCode::image, rootfs::Rootfs::of(std::move(stored))));
  context.terminal.end(std::to_string(rootfs.index().entries().size()) + " files, " +
                       std::to_string(rootfs.unpacked_layers()) + " layers unpacked");
  return Source{std::move(scratch), std::move(image), std::move(rootfs), std::move(layers)};
}

}  // namespace slim::cli
