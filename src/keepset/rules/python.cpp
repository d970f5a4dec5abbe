// SPDX-License-Identifier: Apache-2.0
// Python finds a module through its source and runs the bytecode cached for it; and a module that
// was run may import others later, inside its functions.
#include <optional>

#include "keepset/python_importer.hpp"
#include "keepset/python_modules.hpp"
#include "keepset/python_source.hpp"
#include "keepset/rules.hpp"
#include "keepset/shebang.hpp"
#include "keepset/text.hpp"
#include "slim/base/path.hpp"

namespace slim::keepset::rules {
namespace {

std::string absolute_name(const PythonImport& import, std::string package) {
  if (import.level == 0) return import.module;
  for (unsigned i = 1; i < import.level; ++i) {
    const size_t dot = package.rfind('.');
    package.erase(dot == std::string::npos ? 0 : dot);
  }
  if (package.empty() || import.module.empty()) return package + import.module;
  return package + "." + import.module;
}

// URLs of these are for clients and browsers.
constexpr std::string_view kWebSchemes[] = {"data",   "file", "ftp", "http",      "https",
                                            "mailto", "ws",   "wss", "javascript"};
constexpr size_t kLongestScheme = 32;

bool is_scheme_byte(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+'; }

// "postgresql" and "psycopg2" of "postgresql+psycopg2://host/".
void name_schemes(PythonImporter& importer, std::string_view text) {
  for (size_t at = text.find("://"); at != std::string_view::npos; at = text.find("://", at + 3)) {
    size_t begin = at;
    while (begin > 0 && is_scheme_byte(text[begin - 1])) --begin;
    if (at - begin > kLongestScheme) continue;
    for (const std::string_view part : split(text.substr(begin, at - begin), '+')) {
      if (!is_one_of(part, kWebSchemes))
        importer.name_scheme(std::string(part));
    }
  }
}

// sysconfig.get_config_var() imports a module whose name has the machine's in it.
void keep_build_settings(Marker& marker, const IndexEntry& sysconfig) {
  for (const IndexEntry* file : marker.index().children(parent_of(sysconfig.path))) {
    if (name_of(file->path).starts_with("_sysconfigdata_"))
      marker.mark(*file, {"python-import", absolute(sysconfig.path)});
  }
}

// A module whose imports are followed.
struct Module {
  const IndexEntry& file;
  std::string root, package;
  bool ran;                  // what it imports when it is loaded, it has imported
  bool own;                  // the application's
  bool installed;            // below a directory of installed packages
  bool for_scheme;           // part of a library for the scheme of a URL that the application has
  std::optional<Need> need;  // of the module itself, if it did not run
};

// How a library needs what it imports in its functions: these are debuggers, test runners,
// alternatives and formats as often as what a request that was not probed runs into, and soon would
// be the whole library.
std::optional<Need> need_in_function(const Module& in, bool named, std::string_view module) {
  if (in.ran && !named && !in.installed) return std::nullopt;  // of the standard library
  if (!in.ran && in.need == Need::rare) return std::nullopt;
  const bool vendored = in.file.path.find("/_vendor/") != std::string::npos;
  const bool same =
      !vendored && !in.package.empty() && first_part(module) == first_part(in.package);
  if (!same && !(in.installed && named)) return std::nullopt;
  return in.ran && !named ? Need::rare : Need::possible;
}

// Whether, and how, an import of a module follows; none if it does not. All that the application's
// own modules import does, and what that loads; of the rest what belongs to the library and is for
// its users.
Result<std::optional<Need>> need_of(Marker& marker, const Module& in, const PythonImport& import,
                                    const std::string& module) {
  auto& importer = marker.state<PythonImporter>();
  if (import.fallback || (import.deferred && is_for_tests(module))) return std::nullopt;
  if (in.own || in.for_scheme) return Need::likely;
  if (!import.deferred && in.ran) return std::nullopt;
  if (!import.deferred && in.need == Need::likely) return Need::likely;
  if (is_for_developers(module)) return std::nullopt;
  const auto need =
      import.deferred ? need_in_function(in, importer.names(in.package), module) : in.need;
  if (!need) return std::nullopt;
  SLIM_TRY(const bool belongs, importer.belongs_to(marker, in.root, in.package, module));
  return belongs ? need : std::nullopt;
}

// What the interpreter and its library import when a method is called or a class is used.
struct BuiltInImport {
  std::string_view method, module;
  bool by_library = false;  // when its library ran: asyncio, to ask for an address
};
constexpr BuiltInImport kBuiltInImports[] = {
    {"strptime", "_strptime"},
    {"importlib.resources", "importlib.readers"},
    {"import resources", "importlib.readers"},
    {"iterdump", "sqlite3.dump"},
    {"make_archive", "tarfile"},
    {"make_archive", "zipfile"},
    {"unpack_archive", "tarfile"},
    {"unpack_archive", "zipfile"},
    {"futures.ThreadPoolExecutor", "concurrent.futures.thread", true},
    {"ProcessPoolExecutor", "concurrent.futures.process"},
    {"ProcessPoolExecutor", "multiprocessing.popen_fork"},
    {"ProcessPoolExecutor", "multiprocessing.synchronize"},
    {"ProcessPoolExecutor", "multiprocessing.queues"}};

void want_for_methods(Marker& marker, const Module& in, std::string_view source) {
  for (const BuiltInImport& import : kBuiltInImports) {
    if (!in.own && (import.by_library ? in.installed || !in.ran : !in.installed)) continue;
    if (has_word(source, import.method))
      marker.state<PythonImporter>().want(marker, std::string(import.module), in.file, Need::possible);
  }
}

// A package that is kept whole is so with its compiled modules. Those it can do without
// (`try: from . import _webp`) would be missed in silence.
Result<void> keep_compiled(Marker& marker, const IndexEntry& source) {
  const std::string root = import_root(marker.index(), source.path);
  const std::string package = python_package_of(root, source.path);
  SLIM_TRY(const std::string_view text, marker.text(source));
  for (const PythonImport& import : python_imports_of(text)) {
    if (import.word || import.fallback || import.deferred) continue;
    const std::string module = absolute_name(import, package);
    if (first_part(module) != first_part(package)) continue;
    std::vector<std::string> names{module};
    for (const std::string& name : import.names) names.push_back(module + "." + name);
    for (const std::string& name : names)
      for (const IndexEntry* file : module_files(marker.index(), root, name))
        if (file->path.ends_with(".so")) marker.mark(*file, {"python-import", absolute(source.path)});
  }
  return {};
}

// A program that did not run, but will, has its modules to load: a helper that settings name.
Result<bool> is_later_program(Marker& marker, const IndexEntry& entry) {
  if (!marker.executed(entry) || marker.opened(entry)) return false;
  return is_script_of(marker, entry, "python");
}

Result<void> follow_imports(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry)) return {};
  if (!entry.path.ends_with(".py")) {
    SLIM_TRY(const bool program, is_later_program(marker, entry));
    if (!program) return {};
  }
  auto& importer = marker.state<PythonImporter>();
  const bool ran = python_ran(marker, entry) || marker.executed(entry);
  const bool part = importer.for_scheme(entry);
  const auto need = importer.need_of(entry);
  if (!ran && !need && !part && !marker.own(entry)) {
    return importer.kept_with_package(entry) ? keep_compiled(marker, entry) : Result<void>{};
  }
  const std::string root = import_root(marker.index(), entry.path);
  const bool installed = !site_directory(entry.path).empty();
  const bool standard = marker.index().find(join_path(root, "os.py")) != nullptr;
  const Module in{
      entry, root, python_package_of(root, entry.path), ran, !installed && !standard, installed,
      part,  need};
  SLIM_TRY(const std::string_view source, marker.text(entry));
  const auto imports = python_imports_of(source);
  want_for_methods(marker, in, source);
  if (in.own) name_schemes(importer, source);  // the last use of the text: what follows reads others
  if (ran) {
    for (const std::string_view variable : marker.options().environment)
      name_schemes(importer, variable);
    SLIM_CHECK(importer.add_root(marker, root));
    if (!in.package.empty() && installed) importer.keep_package(marker, root, in.package, entry);
  }
  if (standard && name_of(entry.path) == "sysconfig.py") keep_build_settings(marker, entry);
  for (const PythonImport& import : imports) {
    if (import.word) {
      if (in.own && !import.fallback) SLIM_CHECK(importer.name_word(marker, import.module, entry));
      continue;
    }
    const std::string module = absolute_name(import, in.package);
    SLIM_TRY(const auto follows, need_of(marker, in, import, module));
    if (!follows) continue;
    const bool anew = !in.ran && !import.deferred && *follows == Need::likely;
    if (in.own || (anew && importer.is_standard(marker, module)))
      SLIM_CHECK(importer.name(marker, module, entry));
    importer.want(marker, module, entry, *follows);
    for (const std::string& name : import.names)
      importer.want(marker, module + "." + name, entry, *follows);
  }
  return {};
}

}  // namespace

Result<void> python_bytecode(Marker& marker, const IndexEntry& entry) {
  if (!is_file(entry)) return {};
  if (entry.path.ends_with(".pyc")) {
    const std::string source = source_of_bytecode(entry.path);
    const IndexEntry* found = source.empty() ? nullptr : marker.index().find(source);
    if (found != nullptr) marker.mark(*found, {"python-source", absolute(entry.path)});
  } else if (entry.path.ends_with(".py")) {
    // Only of modules that ran: one that may be imported some time is compiled then, and one that
    // was only looked for (os.py, to find the library) is not run from its file.
    if (!python_ran(marker, entry)) return {};
    for (const IndexEntry* bytecode : bytecode_of_source(marker.index(), entry.path)) {
      marker.mark(*bytecode, {"python-bytecode", absolute(entry.path)});
    }
  }
  return {};
}

Result<void> python_imports(Marker& marker, const IndexEntry& entry) {
  SLIM_CHECK(follow_imports(marker, entry));
  while (const IndexEntry* next = marker.state<PythonImporter>().next())
    SLIM_CHECK(follow_imports(marker, *next));
  return {};
}

Result<void> python_interpreter(Marker& marker, const IndexEntry& program) {
  return marker.state<PythonImporter>().add_interpreter(marker, program);
}

Result<bool> python_inline(Marker& marker, const IndexEntry& by, const InlineSource& source) {
  auto& importer = marker.state<PythonImporter>();
  const auto want = [&](const std::string& module) -> Result<void> {
    importer.want(marker, module, by, Need::likely);
    return importer.name(marker, module, by);
  };
  for (const std::string& module : source.modules) {
    for (const char* runner : {"pkgutil", "runpy"}) importer.want(marker, runner, by, Need::likely);
    SLIM_CHECK(want(module));
    importer.want(marker, module + ".__main__", by, Need::likely);
  }
  for (const PythonImport& import : python_imports_of(source.code)) {
    if (import.word || import.level > 0) continue;
    SLIM_CHECK(want(import.module));
    for (const std::string& name : import.names)
      importer.want(marker, import.module + "." + name, by, Need::likely);
  }
  return true;
}

}  // namespace slim::keepset::rules
