// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "cli/inspect.hpp"
#include "cli/source.hpp"
#include "cli/xray_output.hpp"

namespace slim::cli {

inspect::Subject subject_of(const Source& source, const Interrupt& interrupt) {
  return {source.image.config, source.rootfs.index(), source.layers,
          [&rootfs = source.rootfs](const rootfs::IndexEntry& entry) {
            return rootfs.open_content(entry);
          },
          &interrupt};
}

Result<Outcome> xray_image(Context& context) {
  const Options& options = context.options;
  SLIM_TRY(const Source source, read_source(context, options.files[0], Detail::layers));
  context.terminal.begin("inspect", "");
  SLIM_TRY(const auto xray, inspect::xray(subject_of(source, context.interrupt),
                                          options.inspect.xray));
  context.terminal.end(std::to_string(xray.files) + " files");
  if (options.json) return Outcome{xray_json(options.files[0], source, xray), 0};
  return Outcome{xray_text(source, xray, report::terminal_width(STDOUT_FILENO)), 0};
}

}  // namespace slim::cli
