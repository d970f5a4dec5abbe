// SPDX-License-Identifier: Apache-2.0
#include "keepset/rules.hpp"

namespace slim::keepset {
namespace {

constexpr EntryRule kEntryRules[] = {
    {"elf", rules::elf},
    {"elf-interpreter", rules::elf_interpreter},
    {"dlopen", rules::dlopen_strings},
    {"libtool-directory", rules::libtool_directory},
    {"shebang", rules::shebang},
    {"script-commands", rules::script_commands},
    {"crontab-commands", rules::crontab_commands},
    {"makefile-commands", rules::makefile_commands},
    {"named-modules", rules::named_modules},
    {"plugin-words", rules::plugin_words},
    {"built-in-plugins", rules::built_in_plugins},
    {"started-commands", rules::started_commands},
    {"listed", rules::listed},
    {"beside-settings", rules::beside_settings},
    {"configured", rules::configured},
    {"pam", rules::pam},
    {"pam-program", rules::pam_program},
    {"openssl", rules::openssl_modules},
    {"python-bytecode", rules::python_bytecode},
    {"python-metadata", rules::python_metadata},
    {"python-imports", rules::python_imports},
    {"python-extensions", rules::python_extensions},
    {"python-encodings", rules::python_encodings},
    {"node-package", rules::node_package},
    {"node-imports", rules::node_imports},
    {"ruby-gem", rules::ruby_gem},
    {"ruby-requires", rules::ruby_requires},
    {"ruby-encodings", rules::ruby_encodings},
    {"ruby-data", rules::ruby_data},
    {"perl-requires", rules::perl_requires},
    {"perl-objects", rules::perl_objects},
    {"php-program", rules::php_program},
    {"php-settings", rules::php_settings},
    {"php-sources", rules::php_sources},
    {"php-packages", rules::php_packages},
    {"lua-sources", rules::lua_sources},
    {"tcl-sources", rules::tcl_sources},
    {"guile-modules", rules::guile_modules},
    {"r-packages", rules::r_packages},
    {"mono-assemblies", rules::mono_assemblies},
    {"java-runtime", rules::java_runtime},
    {"erlang-application", rules::erlang_application},
    {"places", rules::places},
    {"helper-places", rules::helper_places},
    {"program-data", rules::program_data},
    {"gconv", rules::gconv},
    {"charset-names", rules::charset_names},
    {"locale", rules::locale},
    {"time-zones", rules::time_zones},
    {"translations", rules::translations},
    {"languages", rules::languages},
    {"language-files", rules::language_files},
    {"application", rules::application},
};

constexpr ImageRule kImageRules[] = {
    {"environment", rules::environment_paths},
    {"unresolved-libraries", rules::unresolved_libraries},
    {"identity", rules::identity},
    {"name-service", rules::name_service},
    {"trust", rules::trust},
    {"openssl", rules::openssl_providers},
    {"well-known", rules::well_known},
    {"script-programs", rules::script_programs},
    {"php-extensions", rules::php_extensions},
    {"php-includes", rules::php_includes},
    {"lua-requires", rules::lua_requires},
    {"r-named-packages", rules::r_named_packages},
    {"language-file-sets", rules::language_file_sets},
    {"perl-plugins", rules::perl_plugins},
    {"perl-shared", rules::perl_shared},
    {"perl-encodings", rules::perl_encodings},
    {"libtool-modules", rules::libtool_modules},
    {"fonts", rules::fonts},
    {"helpers", rules::helpers},
    {"gconv-of-servers", rules::gconv_of_servers},
    {"named-charsets", rules::named_charsets},
    {"named-plugins", rules::named_plugins},
    {"plugins-beside", rules::plugins_beside},
};

}  // namespace

std::span<const EntryRule> entry_rules() { return kEntryRules; }
std::span<const ImageRule> image_rules() { return kImageRules; }

}  // namespace slim::keepset
