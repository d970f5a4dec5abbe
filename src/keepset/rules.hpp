// SPDX-License-Identifier: Apache-2.0
// The table of closure rules.
#pragma once

#include <span>
#include <string_view>

#include "keepset/inline_source.hpp"
#include "keepset/marker.hpp"

namespace slim::keepset {

// What one kept entry needs besides itself. Applied to every kept entry, and again to one that turns
// out to be the application's own.
struct EntryRule {
  std::string_view name;
  Result<void> (*apply)(Marker& marker, const IndexEntry& entry);
};
std::span<const EntryRule> entry_rules();

// What follows from all that is kept. Applied when no entry is left, again until nothing is new.
struct ImageRule {
  std::string_view name;
  Result<void> (*apply)(Marker& marker);
};
std::span<const ImageRule> image_rules();

// One file each under rules/.
namespace rules {

Result<void> elf(Marker& marker, const IndexEntry& entry);
Result<void> elf_interpreter(Marker& marker, const IndexEntry& entry);
Result<void> dlopen_strings(Marker& marker, const IndexEntry& entry);
Result<void> libtool_directory(Marker& marker, const IndexEntry& entry);
Result<void> named_modules(Marker& marker, const IndexEntry& entry);
Result<void> plugin_words(Marker& marker, const IndexEntry& entry);
Result<void> built_in_plugins(Marker& marker, const IndexEntry& entry);
Result<void> shebang(Marker& marker, const IndexEntry& entry);
Result<void> script_commands(Marker& marker, const IndexEntry& entry);
Result<void> makefile_commands(Marker& marker, const IndexEntry& entry);
Result<void> crontab_commands(Marker& marker, const IndexEntry& entry);
Result<void> started_commands(Marker& marker, const IndexEntry& entry);
Result<void> java_commands(Marker& marker, const IndexEntry& entry);
Result<void> beam_commands(Marker& marker, const IndexEntry& entry);
Result<void> compiled_commands(Marker& marker, const IndexEntry& entry);
Result<void> listed(Marker& marker, const IndexEntry& entry);
Result<void> beside_settings(Marker& marker, const IndexEntry& entry);
Result<void> configured(Marker& marker, const IndexEntry& entry);
Result<void> pam(Marker& marker, const IndexEntry& entry);
Result<void> pam_program(Marker& marker, const IndexEntry& entry);
Result<void> openssl_modules(Marker& marker, const IndexEntry& entry);
Result<void> python_bytecode(Marker& marker, const IndexEntry& entry);
Result<void> python_metadata(Marker& marker, const IndexEntry& entry);
Result<void> python_imports(Marker& marker, const IndexEntry& entry);
Result<void> python_extensions(Marker& marker, const IndexEntry& entry);
Result<void> python_encodings(Marker& marker, const IndexEntry& entry);
Result<void> node_package(Marker& marker, const IndexEntry& entry);
Result<void> node_imports(Marker& marker, const IndexEntry& entry);
Result<void> ruby_gem(Marker& marker, const IndexEntry& entry);
Result<void> ruby_requires(Marker& marker, const IndexEntry& entry);
Result<void> ruby_encodings(Marker& marker, const IndexEntry& entry);
Result<void> ruby_data(Marker& marker, const IndexEntry& entry);
Result<void> perl_requires(Marker& marker, const IndexEntry& entry);
Result<void> perl_objects(Marker& marker, const IndexEntry& entry);
Result<void> php_program(Marker& marker, const IndexEntry& entry);
Result<void> php_settings(Marker& marker, const IndexEntry& entry);
Result<void> php_sources(Marker& marker, const IndexEntry& entry);
Result<void> php_packages(Marker& marker, const IndexEntry& entry);
Result<void> lua_sources(Marker& marker, const IndexEntry& entry);
Result<void> tcl_sources(Marker& marker, const IndexEntry& entry);
Result<void> guile_modules(Marker& marker, const IndexEntry& entry);
Result<void> tex_trees(Marker& marker, const IndexEntry& entry);
Result<void> r_packages(Marker& marker, const IndexEntry& entry);
Result<void> mono_assemblies(Marker& marker, const IndexEntry& entry);
Result<void> java_runtime(Marker& marker, const IndexEntry& entry);
Result<void> java_native(Marker& marker, const IndexEntry& entry);
Result<void> erlang_application(Marker& marker, const IndexEntry& entry);
Result<void> places(Marker& marker, const IndexEntry& entry);
Result<void> helper_places(Marker& marker, const IndexEntry& entry);
Result<void> compiled_paths(Marker& marker, const IndexEntry& entry);
Result<void> program_data(Marker& marker, const IndexEntry& entry);
Result<void> program_copies(Marker& marker, const IndexEntry& entry);
Result<void> gconv(Marker& marker, const IndexEntry& entry);
Result<void> charset_names(Marker& marker, const IndexEntry& entry);
Result<void> locale(Marker& marker, const IndexEntry& entry);
Result<void> time_zones(Marker& marker, const IndexEntry& entry);
Result<void> translations(Marker& marker, const IndexEntry& entry);
Result<void> languages(Marker& marker, const IndexEntry& entry);
Result<void> language_files(Marker& marker, const IndexEntry& entry);
Result<void> application(Marker& marker, const IndexEntry& entry);

Result<void> environment_paths(Marker& marker);
Result<void> unresolved_libraries(Marker& marker);
Result<void> libtool_modules(Marker& marker);
Result<void> fonts(Marker& marker);
Result<void> helpers(Marker& marker);
Result<void> gconv_of_servers(Marker& marker);
Result<void> named_charsets(Marker& marker);
Result<void> named_plugins(Marker& marker);
Result<void> plugins_beside(Marker& marker);
Result<void> identity(Marker& marker);
Result<void> empty_directories(Marker& marker);
Result<void> name_service(Marker& marker);
Result<void> trust(Marker& marker);
Result<void> openssl_providers(Marker& marker);
Result<void> well_known(Marker& marker);
Result<void> script_programs(Marker& marker);
Result<void> interpreters(Marker& marker);
Result<void> php_extensions(Marker& marker);
Result<void> php_includes(Marker& marker);
Result<void> lua_requires(Marker& marker);
Result<void> r_named_packages(Marker& marker);
Result<void> ruby_named_parts(Marker& marker);
Result<void> language_file_sets(Marker& marker);
Result<void> perl_plugins(Marker& marker);
Result<void> perl_shared(Marker& marker);
Result<void> perl_encodings(Marker& marker);

// What a program starts that a command of the application's own leads to.
Result<void> companions(Marker& marker, std::string_view command, const IndexEntry& program);

// Whether it is known what an interpreter needs: without the rest of its run-time it is of no use. One that
// did not run may share that with one that did (php beside php-fpm).
bool knows_interpreter(const Marker& marker, const IndexEntry& program);

// What an interpreter needs that did not run but may, by its program or a library of that; and what code
// names that another language's source hands to one: false if it has to wait for the interpreter.
Result<void> node_interpreter(Marker& marker, const IndexEntry& file);
Result<void> perl_interpreter(Marker& marker, const IndexEntry& file);
Result<void> python_interpreter(Marker& marker, const IndexEntry& file);
Result<void> ruby_interpreter(Marker& marker, const IndexEntry& file);
Result<void> tcl_interpreter(Marker& marker, const IndexEntry& file);
Result<bool> perl_inline(Marker& marker, const IndexEntry& by, const InlineSource& source);
Result<bool> python_inline(Marker& marker, const IndexEntry& by, const InlineSource& source);
Result<bool> ruby_inline(Marker& marker, const IndexEntry& by, const InlineSource& source);
Result<bool> node_inline(Marker& marker, const IndexEntry& by, const InlineSource& source);

}  // namespace rules
}  // namespace slim::keepset
