// SPDX-License-Identifier: Apache-2.0
// Whatever a file of an image is called, its readers get any bytes: each is fed the same ones.
#include <string>

#include "fuzz.hpp"
#include "keepset/beam_module.hpp"
#include "keepset/erlang_source.hpp"
#include "keepset/java_class.hpp"
#include "keepset/lua_source.hpp"
#include "keepset/makefile_source.hpp"
#include "keepset/node_source.hpp"
#include "keepset/perl_source.hpp"
#include "keepset/php_source.hpp"
#include "keepset/python_source.hpp"
#include "keepset/r_source.hpp"
#include "keepset/ruby_source.hpp"
#include "keepset/scheme_source.hpp"
#include "keepset/shell_source.hpp"
#include "keepset/started.hpp"
#include "keepset/tcl_source.hpp"
#include "slim/image/zip.hpp"

using namespace slim;

namespace {

// Names are looked up in the image: an empty one would be the root directory.
template <typename Names>
void hold_names(const Names& names, size_t size, const char* what) {
  for (const auto& name : names) {
    fuzz::hold(!name.empty(), what);
    fuzz::hold(name.size() <= size, what);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  hold_names(keepset::erlang_modules_of(text), size, "Erlang's modules are part of the source");
  hold_names(keepset::erlang_needs_of(text), size, "Erlang's applications are part of the source");
  if (const auto found = keepset::java_class_of(text))
    fuzz::hold(found->classes.size() + found->constants.size() <= size, "a class is what its bytes say");
  if (const auto found = keepset::beam_module_of(text))
    fuzz::hold(found->atoms.size() <= size, "a module's atoms are part of it");
  uint64_t budget = 1u << 20;
  image::for_each_in_zip(
      text, budget, [](std::string_view) { return true; },
      [](const image::ZipMember& member) {
        fuzz::hold(member.content.size() <= 1u << 20, "what is in an archive stays in the budget");
      });
  hold_names(keepset::lua_requires_of(text), size, "Lua's modules are part of the source");
  for (const std::string& pattern : keepset::lua_templates_of(text))
    fuzz::hold(pattern.find('?') != std::string::npos, "a template has a place for the name");
  hold_names(keepset::node_specifiers_of(text), size, "Node's specifiers are part of the source");
  hold_names(keepset::node_directories_of(text), size, "Node's directories are part of the source");
  for (const auto& each : keepset::perl_names_of(text))
    fuzz::hold(!each.name.empty(), "what Perl names has a name");
  hold_names(keepset::php_names_of(text), size, "PHP's names are part of the source");
  for (const auto& include : keepset::php_includes_of(text))
    fuzz::hold(!include.parts.empty(), "what PHP includes has a name");
  keepset::php_constants_of(text);
  keepset::php_settings_of(text);
  keepset::composer_mappings_of(text, "vendor");
  for (const auto& import : keepset::python_imports_of(text))
    fuzz::hold(import.level > 0 || !import.module.empty(), "an absolute import names a module");
  hold_names(keepset::r_packages_of(text), size, "R's packages are part of the source");
  hold_names(keepset::r_needs_of(text), size, "R's needs are part of the description");
  for (const auto& each : keepset::ruby_requires_of(text))
    fuzz::hold(!each.name.empty(), "what Ruby requires has a name");
  keepset::scheme_modules_of(text);
  hold_names(keepset::shell_commands_of(text), size, "a shell's commands have names");
  hold_names(keepset::shell_commands_of(keepset::makefile_commands_of(text)), size,
             "a makefile's commands have names");
  keepset::crontab_command_of(text, true);
  for (const bool backticks : {false, true})
    for (const auto& command : keepset::started_commands_of(text, backticks))
      hold_names(command.programs, size, "programs that are started have names");
  hold_names(keepset::tcl_requires_of(text), size, "Tcl's packages are part of the source");
  hold_names(keepset::tcl_sources_of(text), size, "Tcl's sources are part of the source");
  hold_names(keepset::tcl_packages_of(text), size, "Tcl's packages are part of the index");
  hold_names(keepset::tcl_commands_of(text), size, "Tcl's commands are part of the source");
  return 0;
}
